#!/usr/bin/env bash
# Two different things, and never one for the other:
#   abort        the canary is bad: its traffic goes to stable, then it loses its replicas. Production is not touched.
#   production   what was promoted is bad: production goes back to the revision that the promotion replaced.
# Exit 0: done; 1: something is left to do; 2: called wrongly.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/canary_steps.sh
. "$here/canary_steps.sh"

usage() {
	cat <<'TEXT'
usage: deploy/canary_rollback.sh abort [--dry-run] [--actor NAME] [--reason TEXT]
       deploy/canary_rollback.sh production [-r|--revision N] [--dry-run] [--actor NAME] [--reason TEXT]

  -r, --revision  of production, as kubectl rollout history shows it; means production
  --dry-run       read, print every change, make none

CANARY_POST_ROLLBACK_REPLICAS (0) is what the canary has afterwards.
TEXT
	usage_names
}

verb='' revision='' reason='not said'
while [ $# -gt 0 ]; do
	case $1 in
	abort | production)
		[ -z "$verb" ] || [ "$verb" = "$1" ] || { usage >&2 && exit 2; }
		verb=$1 && shift
		;;
	-r | --revision)
		revision=${2:?$1 needs a value}
		case $revision in *[!0-9]* | 0) die "revision $revision is no number above 0" 2 ;; esac
		[ "$verb" != abort ] || die "an abort of the canary has no revision: it leaves production alone" 2
		verb=production && shift 2
		;;
	--dry-run) dry_run=true && shift ;;
	--actor) actor=${2:?$1 needs a value} && shift 2 ;;
	--reason) reason=${2:?$1 needs a value} && shift 2 ;;
	-h | --help) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
done
[ -n "$verb" ] || {
	say "say which: abort (the canary) or production"
	usage >&2
	exit 2
}
[ "$verb" != abort ] || [ -z "$revision" ] || die "an abort of the canary has no revision: it leaves production alone" 2

say "$verb, with"
settle_names
canary_post_rollback_replicas=$(settle CANARY_POST_ROLLBACK_REPLICAS 0)

if [ "$verb" = production ]; then
	[ -n "$revision" ] || revision=$(promoted_from_of "$prod_deployment")
	[ -n "$revision" ] || die "no promotion stands in $prod_deployment: name a revision, or abort the canary" 2
	ask_kube rollout history "deployment/$prod_deployment" --revision "$revision" >/dev/null ||
		die "$prod_deployment has no revision $revision" 2
	if [ "$(revision_of "$prod_deployment")" = "$revision" ]; then
		say "production is at revision $revision already"
		exit 0
	fi
fi

record "$verb" "$reason${revision:+; to revision $revision}"
status=0
# First the traffic. nginx sends callers of a canary that is gone to stable, so a failure here does not stop the rest.
close_canary || {
	status=1
	record traffic-kept "nginx could not be told; callers of the canary fall over to stable once it is gone"
}
if [ "$verb" = production ]; then
	if change rollout undo "deployment/$prod_deployment" --to-revision "$revision" && wait_for "$prod_deployment"; then
		change annotate deployment "$prod_deployment" "$promoted_from-"
	else
		status=1
		record not-undone "production did not get to revision $revision in time"
	fi
fi
scale_canary "$canary_post_rollback_replicas" || status=1
if [ "$status" = 0 ]; then record finished "$verb"; fi
exit "$status"
