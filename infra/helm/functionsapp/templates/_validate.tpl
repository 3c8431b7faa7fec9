{{/* Refuses what cannot work, with a sentence that says what to do. */}}
{{- define "functionsapp.validate" -}}
{{- $v := .Values -}}
{{- $own := include "functionsapp.ownSecret" . -}}
{{- if and $v.secrets.existing $v.secrets.external.enabled -}}
{{- fail "Set one of secrets.existing and secrets.external.enabled, not both." -}}
{{- end -}}
{{- if and $v.secrets.external.enabled (not (and $v.secrets.external.store $v.secrets.external.path)) -}}
{{- fail "secrets.external.enabled needs secrets.external.store and secrets.external.path." -}}
{{- end -}}
{{- if and (eq $v.database.mode "external") $own (not $v.database.external.connectionString) -}}
{{- fail (printf "No database is configured. Set secrets.existing to a Secret with the key %s, or database.external.connectionString, or database.mode to cloudnativepg or postgres." $v.secrets.connectionKey) -}}
{{- end -}}
{{- if and $v.database.external.connectionString (not (and (eq $v.database.mode "external") $own)) -}}
{{- fail "database.external.connectionString is not used: it needs database.mode external, and no secrets.existing or secrets.external.enabled." -}}
{{- end -}}
{{- if and (ne $v.database.sharding "none") (ne $v.database.mode "external") -}}
{{- fail (printf "database.sharding citus needs database.mode external: the database of mode %s is not a Citus cluster." $v.database.mode) -}}
{{- end -}}
{{- if and $v.secrets.keyEncryptionSecret (not $own) -}}
{{- fail "secrets.keyEncryptionSecret is not used: the key comes from the Secret of secrets.existing or secrets.external." -}}
{{- end -}}

{{- if and $v.secrets.existing $v.secrets.checkExisting (lookup "v1" "ServiceAccount" .Release.Namespace "default") -}}
{{- $secret := lookup "v1" "Secret" .Release.Namespace $v.secrets.existing -}}
{{- if not $secret -}}
{{- fail (printf "The Secret %s of secrets.existing is not in the namespace %s. Create it first, or set secrets.checkExisting to false." $v.secrets.existing .Release.Namespace) -}}
{{- end -}}
{{- $keys := list $v.secrets.keyEncryptionKey -}}
{{- if eq $v.database.mode "external" -}}
{{- $keys = append $keys $v.secrets.connectionKey -}}
{{- with $v.autoscaling }}{{ if and (eq .mode "keda") .keda.postgresql.enabled }}{{ $keys = append $keys .keda.postgresql.connectionKey }}{{ end }}{{ end -}}
{{- end -}}
{{- range $keys -}}
{{- if not (hasKey ($secret.data | default dict) .) -}}
{{- fail (printf "The Secret %s of secrets.existing has no key %s." $v.secrets.existing .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- $needs := list -}}
{{- $keda := has $v.autoscaling.mode (list "keda" "http") -}}
{{- if $keda }}{{ $needs = append $needs (list (printf "autoscaling.mode %s" $v.autoscaling.mode) "keda.sh/v1alpha1" "KEDA") }}{{ end -}}
{{- if eq $v.autoscaling.mode "http" }}{{ $needs = append $needs (list "autoscaling.mode http" "http.keda.sh/v1beta1" "the KEDA HTTP add-on 0.14 or newer") }}{{ end -}}
{{- if eq $v.database.mode "cloudnativepg" }}{{ $needs = append $needs (list "database.mode cloudnativepg" "postgresql.cnpg.io/v1" "CloudNativePG") }}{{ end -}}
{{- if $v.secrets.external.enabled }}{{ $needs = append $needs (list "secrets.external.enabled" "external-secrets.io/v1" "External Secrets Operator") }}{{ end -}}
{{- if $v.httpRoute.enabled }}{{ $needs = append $needs (list "httpRoute.enabled" "gateway.networking.k8s.io/v1" "Gateway API") }}{{ end -}}
{{- if $v.monitoring.serviceMonitor.enabled }}{{ $needs = append $needs (list "monitoring.serviceMonitor.enabled" "monitoring.coreos.com/v1" "prometheus-operator") }}{{ end -}}
{{- if $v.monitoring.rules.enabled }}{{ $needs = append $needs (list "monitoring.rules.enabled" "monitoring.coreos.com/v1" "prometheus-operator") }}{{ end -}}
{{- if and (eq $v.database.mode "cloudnativepg") $v.database.cloudnativepg.podMonitor }}{{ $needs = append $needs (list "database.cloudnativepg.podMonitor" "monitoring.coreos.com/v1" "prometheus-operator") }}{{ end -}}
{{- range $needs -}}
{{- if not ($.Capabilities.APIVersions.Has (index . 1)) -}}
{{- fail (printf "%s needs %s, which is not installed in this cluster (no %s). Install it first. Without a cluster, pass --api-versions %s." (index . 0) (index . 2) (index . 1) (index . 1)) -}}
{{- end -}}
{{- end -}}

{{- with $v.autoscaling -}}
{{- $k := .keda -}}
{{- if and (ne .mode "none") (gt (int (ternary .http.minReplicas .minReplicas (eq .mode "http"))) (int .maxReplicas)) -}}
{{- fail "autoscaling.maxReplicas must not be less than the fewest pods." -}}
{{- end -}}
{{- if and (eq .mode "hpa") (lt (int .minReplicas) 1) -}}
{{- fail "autoscaling.mode hpa cannot scale to zero. Set autoscaling.minReplicas to 1 or more, or autoscaling.mode to http." -}}
{{- end -}}
{{- if and (eq .mode "hpa") (kindIs "invalid" .cpuUtilization) (kindIs "invalid" .memoryUtilization) -}}
{{- fail "autoscaling.mode hpa needs autoscaling.cpuUtilization or autoscaling.memoryUtilization." -}}
{{- end -}}
{{- if eq .mode "keda" -}}
{{- if not (or $k.cpu.enabled $k.prometheus.enabled $k.postgresql.enabled $k.cron) -}}
{{- fail "autoscaling.mode keda needs at least one trigger: cpu, prometheus, postgresql or cron." -}}
{{- end -}}
{{- $zero := include "functionsapp.kedaToZero" $ -}}
{{- if and (eq (int .minReplicas) 0) (not (kindIs "invalid" $k.idleReplicas)) -}}
{{- fail "autoscaling.keda.idleReplicas must be less than autoscaling.minReplicas, which is 0." -}}
{{- end -}}
{{- if and $zero $k.prometheus.enabled (eq $k.prometheus.source "pods") -}}
{{- fail "autoscaling.keda.prometheus with source pods cannot scale from zero: without a pod there is no metric. Set autoscaling.minReplicas to 1 or more and keda.idleReplicas to null, take the metric from elsewhere, or use autoscaling.mode http." -}}
{{- end -}}
{{- if and $k.prometheus.enabled (eq $k.prometheus.source "elsewhere") (not $k.prometheus.query) -}}
{{- fail "autoscaling.keda.prometheus with source elsewhere needs keda.prometheus.query: the default query reads the metrics of the pods." -}}
{{- end -}}
{{- if and $zero (not (or $k.prometheus.enabled (and $k.postgresql.enabled $k.postgresql.query) $k.cron)) -}}
{{- fail "No trigger of autoscaling.keda can scale from zero: cpu and the default query of postgresql need a running pod. Set autoscaling.minReplicas to 1 or more and keda.idleReplicas to null, add cron or a query of something else, or use autoscaling.mode http." -}}
{{- end -}}
{{- if $k.postgresql.enabled -}}
{{- if and (eq $v.database.mode "external") $own (not $v.database.external.uri) -}}
{{- fail "autoscaling.keda.postgresql needs database.external.uri: KEDA cannot read Npgsql's connection string." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if eq .mode "http" -}}
{{- if not .http.hosts -}}
{{- fail "autoscaling.mode http needs autoscaling.http.hosts: the host names for which the interceptor wakes this release." -}}
{{- end -}}
{{- $hosts := .http.hosts -}}
{{- range concat (ternary $v.ingress.hosts list $v.ingress.enabled) (ternary $v.httpRoute.hostnames list $v.httpRoute.enabled) -}}
{{- if not (or (has . $hosts) (has (printf "*.%s" (rest (splitList "." .) | join ".")) $hosts)) -}}
{{- fail (printf "autoscaling.mode http: the host %s is not in autoscaling.http.hosts, so the interceptor would not find this release." .) -}}
{{- end -}}
{{- end -}}
{{- if and (kindIs "invalid" .http.concurrency) (kindIs "invalid" .http.requestRate) -}}
{{- fail "autoscaling.mode http needs autoscaling.http.concurrency or autoscaling.http.requestRate." -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- with $v.database.cloudnativepg -}}
{{- if and (eq $v.database.mode "cloudnativepg") (ge (int .synchronousReplicas) (int .instances)) -}}
{{- fail "database.cloudnativepg.synchronousReplicas must be less than instances." -}}
{{- end -}}
{{- if and (eq .backup.method "plugin") (not .backup.objectStore) -}}
{{- fail "database.cloudnativepg.backup.method plugin needs backup.objectStore." -}}
{{- end -}}
{{- if and (eq .backup.method "volumeSnapshot") (not .backup.snapshotClass) -}}
{{- fail "database.cloudnativepg.backup.method volumeSnapshot needs backup.snapshotClass." -}}
{{- end -}}
{{- end -}}
{{- /* An update adds one pod; Postgres keeps some connections for itself, its operator and migrations. */}}
{{- $pods := add1 (int (ternary $v.replicas $v.autoscaling.maxReplicas (eq $v.autoscaling.mode "none"))) -}}
{{- $pool := mul (int $v.database.maxPoolSize) (ternary 2 1 (eq (include "functionsapp.hasReplicas" .) "true")) -}}
{{- $connections := add (mul $pool $pods) 17 -}}
{{- $limit := 0 -}}
{{- if eq $v.database.mode "cloudnativepg" -}}
{{- $limit = int (dig "max_connections" "100" $v.database.cloudnativepg.parameters) -}}
{{- else if eq $v.database.mode "postgres" -}}
{{- $limit = int (regexFind "max_connections=[0-9]+" (join " " $v.database.postgres.args) | trimPrefix "max_connections=" | default "100") -}}
{{- end -}}
{{- if and (gt $limit 0) (gt (int $connections) $limit) -}}
{{- fail (printf "%d pods at most, one of them during an update, need up to %d connections, but max_connections is %d. Lower autoscaling.maxReplicas (or replicas) or database.maxPoolSize, or raise max_connections in database.%s." $pods $connections $limit (ternary "cloudnativepg.parameters" "postgres.args" (eq $v.database.mode "cloudnativepg"))) -}}
{{- end -}}
{{- if and (eq $v.image.target "kestrel") (eq (int $v.metrics.port) 8080) -}}
{{- fail "metrics.port must not be 8080, the port of the API." -}}
{{- end -}}
{{- if gt (int $v.shutdown.drainSeconds) (int $v.shutdown.timeoutSeconds) -}}
{{- fail "shutdown.drainSeconds must not exceed shutdown.timeoutSeconds." -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
{{- fail "ingress.enabled needs ingress.hosts." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs." -}}
{{- end -}}
{{- $own := list "ConnectionStrings__Postgres" "Accounts__KeyEncryptionSecret" "ASPNETCORE_URLS" "Metrics__Port" "Shutdown__DrainSeconds" "Shutdown__TimeoutSeconds" "Ledger__SpoolFolder" "Ledger__SpoolSize" "Database__MigrateOnStart" "Database__Sharding" "OTEL_EXPORTER_OTLP_ENDPOINT" "OTEL_EXPORTER_OTLP_PROTOCOL" "AzureWebJobsScriptRoot" "AzureWebJobsSecretStorageType" "AzureFunctionsJobHost__Logging__Console__IsEnabled" "AzureFunctionsJobHost__fileWatchingEnabled" "HOME" "DB_HOST" "DB_NAME" "DB_PASSWORD" "DB_PORT" "DB_USER" -}}
{{- range $own -}}
{{- if hasKey $v.settings . -}}
{{- fail (printf "settings.%s is set by this chart. Use its own value (secrets, database, metrics, tracing, shutdown, spool, image or migrate)." .) -}}
{{- end -}}
{{- end -}}
{{- range $v.extraEnv -}}
{{- if has .name $own -}}
{{- fail (printf "extraEnv: %s is set by this chart. Use its own value (secrets, database, metrics, tracing, shutdown, spool, image or migrate)." .name) -}}
{{- end -}}
{{- if hasKey $v.settings .name -}}
{{- fail (printf "%s is in both settings and extraEnv." .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
