# shellcheck shell=bash
# Steps that canary_promote.sh and canary_rollback.sh share; sourced, not run.

usage_names() {
	cat <<'TEXT'
names, from the environment, as ORCHESTRATOR_<NAME> or <NAME>; the former goes first, each is printed with where it came from:
  KUBE_NAMESPACE (default), PROD_DEPLOYMENT (orchestrator-api), CANARY_DEPLOYMENT (orchestrator-canary-api),
  CONTAINER_NAME (api), NGINX_DEPLOYMENT (orchestrator-nginx), SPLIT_CONFIGMAP (orchestrator-nginx-split),
  ROLLOUT_TIMEOUT (10m), RELEASE_LOG (release-log.jsonl)
TEXT
}

# shellcheck disable=SC2034 # of the scripts
# The annotation that says which revision of production the last promotion replaced.
promoted_from=release.orchestrator/promoted-from
# shellcheck disable=SC2034 # of the scripts
lock=release.orchestrator/promotion
dry_run=false actor=${USER:-unknown}

say() { printf '%s\n' "$*" >&2; }
die() {
	say "$1"
	exit "${2:-1}"
}

# The value of a name. A bare name may be there for another reason (CONTAINER_NAME often is): so its
# value is shown with its source, and check_containers refuses one that fits nothing here.
settle() {
	local name=$1 value=$2 source=default own=ORCHESTRATOR_$1
	if [ -n "${!name:-}" ]; then value=${!name} source=$name; fi
	if [ -n "${!own:-}" ]; then value=${!own} source=$own; fi
	say "  $name = $value ($source)"
	printf '%s' "$value"
}

settle_names() {
	kube_namespace=$(settle KUBE_NAMESPACE default)
	prod_deployment=$(settle PROD_DEPLOYMENT orchestrator-api)
	canary_deployment=$(settle CANARY_DEPLOYMENT orchestrator-canary-api)
	container_name=$(settle CONTAINER_NAME api)
	nginx_deployment=$(settle NGINX_DEPLOYMENT orchestrator-nginx)
	split_configmap=$(settle SPLIT_CONFIGMAP orchestrator-nginx-split)
	rollout_timeout=$(settle ROLLOUT_TIMEOUT 10m)
	release_log=$(settle RELEASE_LOG release-log.jsonl)
	[ "$prod_deployment" != "$canary_deployment" ] || die "production and canary are both $prod_deployment" 2
	command -v kubectl >/dev/null || die "kubectl is not on the PATH" 2
}

# Reads happen in a dry run too.
ask_kube() { kubectl --namespace "$kube_namespace" "$@"; }

change() {
	say "+ kubectl --namespace $kube_namespace $*"
	[ "$dry_run" = true ] || kubectl --namespace "$kube_namespace" "$@" >&2
}

image_of() {
	ask_kube get deployment "$1" --output "jsonpath={.spec.template.spec.containers[?(@.name==\"$container_name\")].image}"
}
ready_of() { ask_kube get deployment "$1" --output 'jsonpath={.status.readyReplicas}'; }
revision_of() { ask_kube get deployment "$1" --output 'jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}'; }
version_of() { ask_kube get deployment "$1" --output 'jsonpath={.metadata.resourceVersion}'; }
promoted_from_of() { ask_kube get deployment "$1" --output 'jsonpath={.metadata.annotations.release\.orchestrator/promoted-from}'; }

check_containers() {
	local deployment
	for deployment in "$prod_deployment" "$canary_deployment"; do
		[ -n "$(image_of "$deployment")" ] ||
			die "deployment $deployment has no container $container_name: set ORCHESTRATOR_CONTAINER_NAME" 2
	done
}

# One line of the release log, written before and after whatever is changed.
record() {
	local event=$1 detail=$2 line
	line=$(printf '{"at":"%s","event":"%s","actor":"%s","namespace":"%s","production":"%s","canary":"%s","detail":"%s"}' \
		"$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$event" "$(quoted "$actor")" "$kube_namespace" "$prod_deployment" \
		"$canary_deployment" "$(quoted "$detail")")
	say "$event: $detail"
	[ "$dry_run" = true ] || printf '%s\n' "$line" >>"$release_log"
}
quoted() { printf '%s' "$1" | tr '\n\t' '  ' | sed 's/[\\"]/\\&/g'; }

wait_for() { change rollout status "deployment/$1" --timeout "$rollout_timeout"; }

# Nobody but /canary/ reaches the canary afterwards. Fails when nginx could not be told.
close_canary() {
	# shellcheck disable=SC2016 # nginx's variables
	local closed='map \"\" $canary_is_open { default 0; }\nsplit_clients \"releases-1:$caller\" $variant_of_share { * stable; }\n'
	change patch configmap "$split_configmap" --type merge --patch "{\"data\":{\"split.conf\":\"$closed\"}}" &&
		change rollout restart "deployment/$nginx_deployment" &&
		wait_for "$nginx_deployment"
}

scale_canary() { change scale "deployment/$canary_deployment" --replicas "$1"; }
