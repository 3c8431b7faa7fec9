{{/*
A name of at most "max" characters (default 63) with a suffix. A base that is too long is cut and gets a hash, so that two long
names stay different: dict "base" "suffix" "max".
*/}}
{{- define "functionsapp.fit" -}}
{{- $max := .max | default 63 | int -}}
{{- $suffix := ternary (printf "-%s" .suffix) "" (ne (.suffix | default "") "") -}}
{{- $room := sub $max (len $suffix) | int -}}
{{- if le (len .base) $room -}}
{{- .base }}{{ $suffix -}}
{{- else -}}
{{- printf "%s-%s%s" (trunc (sub $room 7 | int) .base | trimSuffix "-") (sha256sum .base | trunc 6) $suffix -}}
{{- end -}}
{{- end -}}

{{- define "functionsapp.name" -}}
{{- include "functionsapp.fit" (dict "base" (default .Chart.Name .Values.nameOverride)) -}}
{{- end -}}

{{- define "functionsapp.base" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride -}}
{{- else if contains (default .Chart.Name .Values.nameOverride) .Release.Name -}}
{{- .Release.Name -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (default .Chart.Name .Values.nameOverride) -}}
{{- end -}}
{{- end -}}

{{- define "functionsapp.fullname" -}}
{{- include "functionsapp.fit" (dict "base" (include "functionsapp.base" .)) -}}
{{- end -}}

{{/* The name of a part: list $ "suffix", or list $ "suffix" max. */}}
{{- define "functionsapp.part" -}}
{{- $max := 63 -}}
{{- if gt (len .) 2 }}{{ $max = index . 2 }}{{ end -}}
{{- include "functionsapp.fit" (dict "base" (include "functionsapp.base" (index . 0)) "suffix" (index . 1) "max" $max) -}}
{{- end -}}

{{- define "functionsapp.selector" -}}
app.kubernetes.io/name: {{ include "functionsapp.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* Labels of a part: list $ "component". */}}
{{- define "functionsapp.labels" -}}
{{- $ := index . 0 -}}
{{ include "functionsapp.selector" $ }}
app.kubernetes.io/component: {{ index . 1 }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_" | trunc 63 }}
{{- end -}}

{{- define "functionsapp.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "functionsapp.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "functionsapp.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{ .repository }}@{{ .digest }}
{{- else -}}
{{ .repository }}:{{ default (printf "%s-%s" $.Chart.AppVersion .target) .tag }}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The command of the app's subcommands: the Functions image would start the host. */}}
{{- define "functionsapp.command" -}}
{{- if eq .Values.image.target "functions" -}}
["dotnet", "/home/site/wwwroot/Functions.dll"]
{{- else -}}
["dotnet", "/app/Functions.dll"]
{{- end -}}
{{- end -}}

{{/* Under the Functions host all paths are below the route prefix. */}}
{{- define "functionsapp.prefix" -}}
{{- if eq .Values.image.target "functions" }}/v1{{ end -}}
{{- end -}}

{{- define "functionsapp.metricsPort" -}}
{{- ternary "metrics" "http" (eq .Values.image.target "kestrel") -}}
{{- end -}}

{{/* The HorizontalPodAutoscaler: not one name for Helm's and KEDA's, since Helm could not take it back. */}}
{{- define "functionsapp.hpa" -}}
{{- if has .Values.autoscaling.mode (list "keda" "http") -}}
{{- include "functionsapp.part" (list . "keda") -}}
{{- else -}}
{{- include "functionsapp.fullname" . -}}
{{- end -}}
{{- end -}}

{{/*
The replicas of the Deployment: a fixed number without an autoscaler. With one, nothing, except while Helm still owns the number from
a time without one (see its managed fields): then the current number, since Kubernetes would set it to 1 if Helm left it out.
*/}}
{{- define "functionsapp.replicas" -}}
{{- if eq .Values.autoscaling.mode "none" -}}
{{- .Values.replicas -}}
{{- else -}}
{{- $deployment := lookup "apps/v1" "Deployment" .Release.Namespace (include "functionsapp.fullname" .) -}}
{{- range dig "metadata" "managedFields" list $deployment -}}
{{- if and (eq .manager "helm") (hasKey (dig "fieldsV1" "f:spec" dict .) "f:replicas") -}}
{{- $deployment.spec.replicas -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Whether no pod may be left by the triggers of KEDA. */}}
{{- define "functionsapp.kedaToZero" -}}
{{- with .Values.autoscaling -}}
{{- if and (eq .mode "keda") (or (eq (int .minReplicas) 0) (not (kindIs "invalid" .keda.idleReplicas))) }}true{{ end -}}
{{- end -}}
{{- end -}}

{{/* The Secret with the key-encryption secret and, for an external database, the connection string. */}}
{{- define "functionsapp.secret" -}}
{{- default (include "functionsapp.fullname" .) .Values.secrets.existing -}}
{{- end -}}

{{- define "functionsapp.ownSecret" -}}
{{- if not (or .Values.secrets.existing .Values.secrets.external.enabled) }}true{{ end -}}
{{- end -}}

{{- define "functionsapp.postgres" -}}
{{- include "functionsapp.part" (list . "postgres" 52) -}}
{{- end -}}

{{/* CloudNativePG allows 50 characters. */}}
{{- define "functionsapp.cluster" -}}
{{- include "functionsapp.part" (list . "db" 50) -}}
{{- end -}}

{{/*
The instances of the Cluster: those that exist, and until they are complete the first ones, as the operator names them. It
gives an instance that was lost together with its volume another number; helm upgrade follows.
*/}}
{{- define "functionsapp.instances" -}}
{{- $name := include "functionsapp.cluster" . -}}
{{- $wanted := int .Values.database.cloudnativepg.instances -}}
{{- $instances := dig "status" "instanceNames" list (lookup "postgresql.cnpg.io/v1" "Cluster" .Release.Namespace $name) -}}
{{- if lt (len $instances) $wanted -}}
{{- range $i := until $wanted }}{{ $instances = append $instances (printf "%s-%d" $name (add1 $i)) }}{{ end -}}
{{- end -}}
{{- $instances | uniq | sortAlpha | join "," -}}
{{- end -}}

{{/* Whether the app knows each instance: writes go to the primary, reads also to the others. */}}
{{- define "functionsapp.hasReplicas" -}}
{{- if and (eq .Values.database.mode "cloudnativepg") (gt (int .Values.database.cloudnativepg.instances) 1) }}true{{ end -}}
{{- end -}}

{{/* The Secret of the database in this chart, with the keys host, port, dbname, user, password and fqdn-uri. */}}
{{- define "functionsapp.databaseSecret" -}}
{{- if eq .Values.database.mode "cloudnativepg" -}}
{{ include "functionsapp.cluster" . }}-app
{{- else -}}
{{ include "functionsapp.postgres" . }}
{{- end -}}
{{- end -}}

{{/* Whether the Job can migrate before the first pods exist. */}}
{{- define "functionsapp.migratesFirst" -}}
{{- if and (eq .Values.database.mode "external") (not .Values.secrets.external.enabled) }}true{{ end -}}
{{- end -}}

{{- define "functionsapp.migrateOnStart" -}}
{{- if kindIs "bool" .Values.migrate.onStart -}}
{{- .Values.migrate.onStart -}}
{{- else -}}
{{- ne (include "functionsapp.migratesFirst" .) "true" -}}
{{- end -}}
{{- end -}}

{{/* Where the database is, and how its tables are distributed: dict "context" $ "secret" (with an external connection string). */}}
{{- define "functionsapp.connectionEnv" -}}
{{- $ := .context -}}
{{- if ne $.Values.database.sharding "none" -}}
- {name: Database__Sharding, value: {{ title $.Values.database.sharding }}}
{{ end -}}
{{- if eq $.Values.database.mode "external" -}}
- name: ConnectionStrings__Postgres
  valueFrom: {secretKeyRef: {name: {{ .secret }}, key: {{ $.Values.secrets.connectionKey }}}}
{{- else -}}
{{- $secret := include "functionsapp.databaseSecret" $ -}}
{{- $keys := dict "DB_NAME" "dbname" "DB_PASSWORD" "password" "DB_PORT" "port" "DB_USER" "user" -}}
{{- $hosts := "$(DB_HOST)" -}}
{{- if include "functionsapp.hasReplicas" $ }}{{ $hosts = include "functionsapp.instances" $ }}{{ else }}{{ $_ := set $keys "DB_HOST" "host" }}{{ end -}}
{{- range $name, $key := $keys }}
- name: {{ $name }}
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ $key }}}}
{{- end }}
- name: ConnectionStrings__Postgres
  value: {{ printf "Host=%s;Port=$(DB_PORT);Database=$(DB_NAME);Username=$(DB_USER);Password='$(DB_PASSWORD)';SSL Mode=%s;Maximum Pool Size=%d%s" $hosts (ternary "VerifyCA;Root Certificate=/database-ca/ca.crt" "Prefer" (eq $.Values.database.mode "cloudnativepg")) (int $.Values.database.maxPoolSize) (ternary (printf ";%s" $.Values.database.options) "" (ne $.Values.database.options "")) | quote }}
{{- end -}}
{{- end -}}

{{/* The certificates of the database's operator, and the volumes of the values: for the app's pods and for its commands. */}}
{{- define "functionsapp.volumes" -}}
{{- if eq .Values.database.mode "cloudnativepg" }}
- name: database-ca
  secret:
    secretName: {{ dig "certificates" "serverCASecret" (printf "%s-ca" (include "functionsapp.cluster" .)) .Values.database.cloudnativepg.spec }}
    items: [{key: ca.crt, path: ca.crt}]
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "functionsapp.volumeMounts" -}}
{{- if eq .Values.database.mode "cloudnativepg" }}
- {name: database-ca, mountPath: /database-ca, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where pods may run, and how they resolve names. */}}
{{- define "functionsapp.placement" -}}
{{- with .Values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- range . }}
  - name: {{ . }}{{ end }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "functionsapp.podSecurity" -}}
{{- $fixed := dict "runAsNonRoot" true "fsGroupChangePolicy" "OnRootMismatch" "seccompProfile" (dict "type" "RuntimeDefault") -}}
{{- mergeOverwrite $fixed .Values.podSecurityContext | toYaml }}
{{- end -}}

{{- define "functionsapp.containerSecurity" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
runAsNonRoot: true
readOnlyRootFilesystem: {{ ne .Values.image.target "functions" }}
{{- end -}}

{{/* The pod of a command (migrate, smoke): dict "context" $ "name" "args" "secret" "resources" "account". */}}
{{- define "functionsapp.commandPod" -}}
{{- $ := .context -}}
restartPolicy: Never
serviceAccountName: {{ .account }}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with include "functionsapp.placement" $ }}{{ trim . | nindent 0 }}{{ end }}
{{- with $.Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- include "functionsapp.podSecurity" $ | nindent 2 }}
containers:
  - name: {{ .name }}
    image: {{ include "functionsapp.image" $ | quote }}
    imagePullPolicy: {{ $.Values.image.pullPolicy }}
    command: {{ include "functionsapp.command" $ }}
    args: {{ .args | toJson }}
    env:
      {{- include "functionsapp.connectionEnv" (dict "context" $ "secret" .secret) | trim | nindent 6 }}
      {{- range $name, $value := $.Values.settings }}
      - {name: {{ $name }}, value: {{ $value | quote }}}
      {{- end }}
      {{- with $.Values.extraEnv }}{{ toYaml . | nindent 6 }}{{ end }}
    securityContext: {{- include "functionsapp.containerSecurity" $ | nindent 6 }}
    resources: {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      - {name: tmp, mountPath: /tmp}
      {{- with include "functionsapp.volumeMounts" $ }}{{ trim . | nindent 6 }}{{ end }}
volumes:
  - name: tmp
    emptyDir: {sizeLimit: {{ $.Values.spool.tmpSize }}}
  {{- with include "functionsapp.volumes" $ }}{{ trim . | nindent 2 }}{{ end }}
{{- end -}}

{{/* Labels and annotations of an app's or a command's pod: list $ "component". */}}
{{- define "functionsapp.podLabels" -}}
{{- include "functionsapp.labels" . }}
{{- with (index . 0).Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What a NetworkPolicy must let out for the database. */}}
{{- define "functionsapp.databaseEgress" -}}
# Names.
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
# The database.
{{- if eq .Values.database.mode "external" }}
- ports:
    - {protocol: TCP, port: {{ .Values.database.external.port }}}
  {{- with .Values.networkPolicy.databaseTo }}
  to: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- else }}
- ports:
    - {protocol: TCP, port: 5432}
  to:
    - podSelector:
        matchLabels:
          {{- if eq .Values.database.mode "cloudnativepg" }}
          cnpg.io/cluster: {{ include "functionsapp.cluster" . }}
          {{- else }}
          {{- include "functionsapp.selector" . | nindent 10 }}
          app.kubernetes.io/component: postgres
          {{- end }}
{{- end }}
{{- end -}}

{{/* The own metrics of this release, without probes, as PromQL label matchers. */}}
{{- define "functionsapp.matchers" -}}
namespace="{{ .Release.Namespace }}",service="{{ include "functionsapp.fullname" . }}"
{{- end -}}
