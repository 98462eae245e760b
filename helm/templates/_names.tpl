{{/* Everything here takes a dict with root, name (of the role) and role (its values). */}}

{{- define "orchestrator.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .name }}
{{- end }}

{{- define "orchestrator.labels" -}}
{{ include "orchestrator.selector" . }}
app.kubernetes.io/version: {{ .root.Values.image.tag | default .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "orchestrator.image" -}}
{{- $image := .root.Values.image }}
{{- if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{/* A setting's text. Numbers of a values file are floats: 67108864 would be written 6.7108864e+07. */}}
{{- define "orchestrator.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ printf "%.0f" . }}{{ else }}{{ . }}{{ end }}
{{- end }}

{{/* The settings of a role, as YAML: what the chart sets, then config, then the role's config. */}}
{{- define "orchestrator.settings" -}}
{{- $chart := dict "ENV_FILE" "none" "HTTP_HOST" "0.0.0.0" "SERVICE_VERSION" (.root.Values.image.tag | default .root.Chart.AppVersion) }}
{{- if eq .name "registry" }}{{ $_ := set $chart "SERVICE_REGISTRY_LISTEN_HOST" "0.0.0.0" }}{{ end }}
{{- if eq (include "orchestrator.hasOpa" .) "yes" }}{{ $_ := set $chart "OPA_HOST" "127.0.0.1" }}{{ end }}
{{- $all := mergeOverwrite $chart (deepCopy .root.Values.config) (deepCopy .role.config) }}
{{- $_ := set $all "ROLES" .name }}
{{- toYaml $all }}
{{- end }}

{{/* The environment of a role. A setting that is in both config and secrets is refused. */}}
{{- define "orchestrator.env" -}}
{{- $secrets := mergeOverwrite (deepCopy .root.Values.secrets) (deepCopy .role.secrets) }}
{{- $settings := include "orchestrator.settings" . | fromYaml }}
{{- if not (or (hasKey $settings "MONGODB_URI") (hasKey $secrets "MONGODB_URI")) }}{{ fail "MONGODB_URI is neither in config nor in secrets" }}{{ end }}
{{- range $name, $value := $settings }}
{{- if hasKey $secrets $name }}{{ fail (printf "%s is in config and in secrets: leave one out" $name) }}{{ end }}
- name: {{ $name }}
  value: {{ include "orchestrator.text" $value | quote }}
{{- end }}
{{- range $name, $from := $secrets }}
- name: {{ $name }}
  valueFrom:
    secretKeyRef: { name: {{ $from.secret }}, key: {{ $from.key }} }
{{- end }}
{{- end }}

{{/* A setting of a role, or the service's default: (dict root name role setting default). */}}
{{- define "orchestrator.setting" -}}
{{- $all := include "orchestrator.settings" . | fromYaml }}
{{- include "orchestrator.text" (get $all .setting | default .default) }}
{{- end }}

{{- define "orchestrator.httpPort" -}}
{{- include "orchestrator.setting" (merge (dict "setting" "HTTP_PORT" "default" 8080) .) }}
{{- end }}

{{- define "orchestrator.grpcPort" -}}
{{- include "orchestrator.setting" (merge (dict "setting" "SERVICE_REGISTRY_PORT" "default" 50051) .) }}
{{- end }}

{{/* Who asks policies: workers for plans, the API for dry runs. */}}
{{- define "orchestrator.hasOpa" -}}
{{- if and .root.Values.opa.enabled (has .name (list "api" "worker")) }}yes{{ end }}
{{- end }}

{{- define "orchestrator.locked" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
