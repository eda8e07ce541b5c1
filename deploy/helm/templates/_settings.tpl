{{/* What a worker is told: where the queue is. It knows no database and no store. */}}
{{- define "tilewright.worker.settings" -}}
- name: TILEWRIGHT_NATS_URL
{{- if .Values.nats.enabled }}
{{- with dig "container" "env" "TOKEN" "valueFrom" "secretKeyRef" nil .Values.nats }}
{{- if ne (printf "%s %s" .name .key) (printf "%s %s" $.Values.queue.token.secret $.Values.queue.token.key) }}
{{- fail "nats.container.env.TOKEN: must name the secret and the key of queue.token" }}
{{- end }}
{{- end }}
  value: nats://{{ .Release.Name }}-nats:4222
{{- else }}
  value: {{ required "queue.url: where is the NATS server? nats://HOST:4222" .Values.queue.url }}
{{- end }}
- name: TILEWRIGHT_NATS_TOKEN
  valueFrom:
    secretKeyRef: {name: {{ .Values.queue.token.secret }}, key: {{ .Values.queue.token.key }}}
{{- if .Values.authority.secret }}
- name: TILEWRIGHT_CA_FILE
  value: /authority/ca.crt
{{- end }}
{{- range $name, $value := .Values.settings }}
- name: TILEWRIGHT_{{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end -}}

{{- define "tilewright.database.settings" -}}
- name: TILEWRIGHT_DATABASE_URL
  valueFrom:
    secretKeyRef:
{{- if .Values.postgresql.enabled }}
      name: {{ .Release.Name }}-postgresql-app
      key: uri
{{- else }}
      name: {{ .Values.database.secret }}
      key: {{ .Values.database.key }}
{{- end }}
- name: TILEWRIGHT_MIGRATE
  value: "false"
{{- end -}}

{{- define "tilewright.door.settings" -}}
{{ include "tilewright.worker.settings" . }}
{{ include "tilewright.database.settings" . }}
- name: TILEWRIGHT_STORE_URL
  value: {{ required "store.url: where do photos and tiles lie? s3://BUCKET/PREFIX" .Values.store.url }}
{{- with .Values.store.endpoint }}
- name: TILEWRIGHT_STORE_ENDPOINT
  value: {{ . }}
{{- end }}
{{- with .Values.store.region }}
- name: TILEWRIGHT_STORE_REGION
  value: {{ . }}
{{- end }}
{{- with .Values.store.secret }}
- name: TILEWRIGHT_STORE_KEY_ID
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: key-id}
- name: TILEWRIGHT_STORE_SECRET
  valueFrom:
    secretKeyRef: {name: {{ . }}, key: secret}
{{- end }}
{{- if .Values.nats.enabled }}
{{- if .Values.nats.config.cluster.enabled }}
- name: TILEWRIGHT_NATS_REPLICAS
  value: {{ .Values.nats.config.cluster.replicas | quote }}
{{- end }}
{{- end }}
- name: TILEWRIGHT_ENGINES
  value: {{ join "," .Values.engines }}
- name: TILEWRIGHT_LINK_SECRET
  valueFrom:
    secretKeyRef: {name: {{ .Values.links.secret }}, key: secret}
{{- with .Values.door.publicUrl }}
- name: TILEWRIGHT_PUBLIC_URL
  value: {{ . }}
{{- end }}
- name: TILEWRIGHT_OPEN
  value: "false"
{{- end -}}
