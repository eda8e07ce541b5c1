{{/* What all pods share: nobody is root, nothing is writable but the data folder and /tmp. */}}
{{- define "tilewright.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{- define "tilewright.container" -}}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "tilewright.mounts" -}}
- {name: data, mountPath: /data}
- {name: tmp, mountPath: /tmp}
{{- if .Values.authority.secret }}
- {name: authority, mountPath: /authority, readOnly: true}
{{- end }}
{{- end -}}

{{- define "tilewright.volumes" -}}
- name: data
  emptyDir: {}
- name: tmp
  emptyDir: {}
{{- with .Values.authority.secret }}
- name: authority
  secret:
    secretName: {{ . }}
    items:
      - {key: ca.crt, path: ca.crt}
{{- end }}
{{- end -}}

{{- define "tilewright.probes" -}}
startupProbe:
  httpGet: {path: /live, port: http}
  periodSeconds: 5
  failureThreshold: {{ . }}
livenessProbe:
  httpGet: {path: /live, port: http}
  periodSeconds: 10
  timeoutSeconds: 5
readinessProbe:
  httpGet: {path: /ready, port: http}
  periodSeconds: 5
  timeoutSeconds: 5
{{- end -}}

{{/* The image of a worker, of (list $ IMAGE): what IMAGE leaves open is the CPU image's. */}}
{{- define "tilewright.image" -}}
{{- $usual := (index . 0).Values.image -}}
{{- $own := index . 1 -}}
{{ $own.repository | default $usual.repository }}:{{ $own.tag | default $usual.tag }}
{{- end -}}
