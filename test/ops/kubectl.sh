#!/usr/bin/env bash
# A small kubectl for canary-scripts.ops.ts: remembers deployments as files in $KUBE and records every call in
# $KUBE/calls. A call that matches the pattern in $KUBE/fails fails.
set -euo pipefail
[ "$1" = --namespace ] && shift 2
printf '%s\n' "$*" >>"$KUBE/calls"
if [ -s "$KUBE/fails" ] && grep -qE -f "$KUBE/fails" <<<"$*"; then exit 1; fi
file() { printf '%s/%s.%s' "$KUBE" "$1" "$2"; }
named() { printf '%s' "${1#deployment/}"; }
case "$1 $2" in
'get deployment')
	case $5 in
	*containers*) what=image ;;
	*readyReplicas*) what=replicas ;;
	*promoted-from*) what=promoted-from ;;
	*resourceVersion*) what=version ;;
	*) what=revision ;;
	esac
	case $5 in *containers*) grep -qF '"api"' <<<"$5" || exit 0 ;; esac
	cat "$(file "$3" $what)" 2>/dev/null || true
	;;
'set image')
	deployment=$(named "$3")
	revision=$(cat "$(file "$deployment" revision)")
	cp "$(file "$deployment" image)" "$(file "$deployment" "image-of-$revision")"
	printf '%s' "${4#*=}" >"$(file "$deployment" image)"
	printf '%s' $((revision + 1)) >"$(file "$deployment" revision)"
	;;
'rollout undo')
	deployment=$(named "$3")
	cp "$(file "$deployment" "image-of-$5")" "$(file "$deployment" image)"
	revision=$(cat "$(file "$deployment" revision)")
	printf '%s' $((revision + 1)) >"$(file "$deployment" revision)"
	;;
'rollout history') [ -e "$(file "$(named "$3")" "image-of-$5")" ] || exit 1 ;;
'annotate deployment')
	case $4 in
	*=*)
		name=${4#*/}
		target=$(file "$3" "${name%%=*}")
		# As the real one: only a given version makes reading and writing one step.
		if [ "${5:-}" = --resource-version ]; then
			[ "$6" = "$(cat "$(file "$3" version)")" ] || exit 1
			set -o noclobber
		elif [ "${5:-}" != --overwrite ]; then
			[ ! -e "$target" ] || exit 1
			sleep 0.2
		fi
		printf '%s' "${name#*=}" >"$target"
		;;
	*)
		name=${4#*/}
		rm -f "$(file "$3" "${name%-}")"
		;;
	esac
	;;
'scale '*) printf '%s' "$4" >"$(file "$(named "$2")" replicas)" ;;
esac
