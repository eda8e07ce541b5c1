{{- define "tilewright.name" -}}
{{- if contains "tilewright" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-tilewright" .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "tilewright.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "tilewright.selector" . }}
{{- end -}}

{{- define "tilewright.selector" -}}
app.kubernetes.io/name: tilewright
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "tilewright.account" -}}
{{- .Values.serviceAccount.name | default (include "tilewright.name" .) -}}
{{- end -}}

{{- define "tilewright.weights" -}}
{{- .Values.weights.existingClaim | default (printf "%s-weights" (include "tilewright.name" .)) -}}
{{- end -}}

{{- define "tilewright.monitor" -}}
{{- if .Values.nats.enabled -}}
{{ .Release.Name }}-nats-headless.{{ .Release.Namespace }}.svc.cluster.local:8222
{{- else -}}
{{ required "queue.monitor: where does the NATS server tell KEDA how many jobs wait? HOST:8222" .Values.queue.monitor }}
{{- end -}}
{{- end -}}
