{{- define "hub.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "hub.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "hub.labels" -}}
{{ include "hub.selectorLabels" . }}
app.kubernetes.io/component: hub
app.kubernetes.io/part-of: drover
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "hub.serviceAccountName" -}}
{{- default (ternary (include "hub.fullname" .) "default" .Values.serviceAccount.create) .Values.serviceAccount.name -}}
{{- end -}}

{{- define "hub.image" -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) -}}
{{- end -}}
{{- end -}}

{{- define "hub.repositorySecretName" -}}
{{- default (printf "%s-repository" (include "hub.fullname" .)) .Values.repository.existingSecret -}}
{{- end -}}

{{- define "hub.redisSecretName" -}}
{{- default (printf "%s-redis" (include "hub.fullname" .)) .Values.redis.existingSecret -}}
{{- end -}}

{{- define "hub.forgeSecretName" -}}
{{- default (printf "%s-forge" (include "hub.fullname" .)) .Values.forge.existingSecret -}}
{{- end -}}

{{- define "hub.notifySecretName" -}}
{{- default (printf "%s-notify" (include "hub.fullname" .)) .Values.notify.existingSecret -}}
{{- end -}}

{{- define "hub.webhookSecretName" -}}
{{- default (printf "%s-webhook" (include "hub.fullname" .)) .Values.webhook.existingSecret -}}
{{- end -}}
