#!/usr/bin/env bash
# Makes the canary's image production's: observes, replaces, observes again, then takes the traffic off the canary and
# last its capacity. Whatever fails on the way is undone. Only the image is promoted: settings travel with the chart.
# Exit 0: promoted (or nothing to do); 1: not promoted, production as before; 2: called wrongly; 3: not enough was seen;
# 4: promoted, but the canary keeps its share of the traffic.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/canary_steps.sh
. "$here/canary_steps.sh"
# shellcheck source=deploy/canary_observe.sh
. "$here/canary_observe.sh"

usage() {
	cat <<'TEXT'
usage: deploy/canary_promote.sh [--dry-run] [--actor NAME] [--without-observation REASON]

  --dry-run              read, print every change, make none, observe nothing
  --actor                who does it, for the release log (USER)
  --without-observation  promote unseen; the reason stands in the release log

SCALE_DOWN_CANARY=0 leaves the canary's replicas as they are.
TEXT
	usage_names
	usage_observation
}

unseen=''
while [ $# -gt 0 ]; do
	case $1 in
	--dry-run) dry_run=true && shift ;;
	--actor) actor=${2:?$1 needs a value} && shift 2 ;;
	--without-observation) unseen=${2:?$1 needs a reason} && shift 2 ;;
	-h | --help) usage && exit 0 ;;
	*) usage >&2 && exit 2 ;;
	esac
done

say "promotion of a canary, with"
settle_names
scale_down_canary=$(settle SCALE_DOWN_CANARY 1)
observe_before_seconds=$(settle OBSERVE_BEFORE_SECONDS 1800)
observe_after_seconds=$(settle OBSERVE_AFTER_SECONDS 900)
settle_observation
[ -n "$unseen" ] || [ "$dry_run" = true ] || [ -n "$prometheus_url" ] ||
	die "PROMETHEUS_URL is not set: a promotion needs to see; --without-observation REASON goes without" 2
check_containers

version=$(version_of "$prod_deployment")
[ -n "$version" ] || die "the version of $prod_deployment is not known: two promotions at once could not be told apart"
image=$(image_of "$canary_deployment")
former=$(image_of "$prod_deployment")
if [ "$image" = "$former" ]; then
	say "production has $image already: nothing to promote"
	exit 0
fi
ready=$(ready_of "$canary_deployment")
[ "${ready:-0}" -gt 0 ] || die "the canary has no ready replica: nobody knows how it does"
revision=$(revision_of "$prod_deployment")
[ -n "$revision" ] || die "the revision of $prod_deployment is not known: a failure could not be undone"
case $image in *@sha256:*) ;; *) say "note: $image is a tag, which may change; a digest does not" ;; esac

# Refused when somebody else promotes. kubectl compares with what it has read and then writes whatever came between:
# only the version, older than all that was read above, makes this one step.
change annotate deployment "$prod_deployment" "$lock=$actor-${HOSTNAME:-}-$$" --resource-version "$version" ||
	die "a promotion of $prod_deployment is under way, or it changed at this moment (then try again), or a promotion was killed: kubectl annotate deployment $prod_deployment $lock-"
undo_to=''
undo() {
	local to=$undo_to
	undo_to=''
	# What somebody else has put there meanwhile stays.
	if [ "$dry_run" = false ] && [ "$(image_of "$prod_deployment")" != "$image" ]; then
		record not-undone "production has another image than was promoted"
		return 1
	fi
	if ! change rollout undo "deployment/$prod_deployment" --to-revision "$to"; then
		record not-undone "kubectl rollout undo deployment/$prod_deployment --to-revision $to failed"
		return 1
	fi
	wait_for "$prod_deployment" || say "production is not back yet: kubectl rollout status deployment/$prod_deployment"
	change annotate deployment "$prod_deployment" "$promoted_from-"
	record undone "production is back at revision $to, $former"
}
leave() {
	local status=$?
	trap - EXIT INT TERM
	if [ -n "$undo_to" ]; then undo || status=1; fi
	change annotate deployment "$prod_deployment" "$lock-" || true
	exit "$status"
}
trap leave EXIT
trap 'exit 130' INT TERM

baseline='' seen=''
if [ "$dry_run" = true ]; then
	say "would observe the canary for $observe_before_seconds s, and production for $observe_after_seconds s afterwards"
elif [ -z "$unseen" ]; then
	record observing "canary with $image, $observe_before_seconds s"
	if ! observe canary "$observe_before_seconds" ''; then
		record refused "$seen"
		case $seen in *insufficient*) exit 3 ;; *) exit 1 ;; esac
	fi
	[ "$(image_of "$canary_deployment")" = "$image" ] || die "the canary's image changed while it was observed"
fi

record promoting "$image in place of $former, revision $revision; seen: ${seen:-nothing, ${unseen:-dry run}}"
change annotate deployment "$prod_deployment" "$promoted_from=$revision" --overwrite
undo_to=$revision
change set image "deployment/$prod_deployment" "$container_name=$image"
wait_for "$prod_deployment" || {
	record failed "$image did not become ready in production"
	exit 1
}
if [ "$dry_run" = false ] && [ -z "$unseen" ]; then
	observe stable "$observe_after_seconds" "$baseline" || {
		record failed "$seen"
		case $seen in *insufficient*) exit 3 ;; *) exit 1 ;; esac
	}
fi
# It has shown itself: nothing that follows is a reason to take it back.
undo_to=''
record promoted "$image; seen: ${seen:-nothing}"

if ! close_canary; then
	record traffic-kept "nginx could not be told; the canary keeps its replicas"
	say "promoted, but the canary still has its share: close it in $split_configmap, then scale it down"
	exit 4
fi
if [ "$scale_down_canary" = 0 ]; then
	say "the canary keeps its replicas (SCALE_DOWN_CANARY=0)"
else
	scale_canary 0
fi
record finished "traffic is on production"
