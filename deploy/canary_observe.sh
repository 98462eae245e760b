# shellcheck shell=bash
# Observation windows of canary_promote.sh, by Prometheus; sourced, not run.

usage_observation() {
	cat <<'TEXT'
observation, from the environment:
  PROMETHEUS_URL          whom to ask
  OBSERVE_BEFORE_SECONDS  before the promotion (1800)
  OBSERVE_AFTER_SECONDS   after it (900)
  OBSERVE_EVERY_SECONDS   between two looks (60)
  OBSERVE_MIN_REQUESTS    fewer, of either side, are not enough to judge by (100)
  OBSERVE_ERROR_MARGIN    how much higher the share of answers with 5xx may be, 0 to 1 (0.01)
  OBSERVE_LATENCY_FACTOR  how much longer the 95th percentile may be, besides 50 ms (1.25)
TEXT
}

settle_observation() {
	prometheus_url=$(settle PROMETHEUS_URL '')
	observe_every_seconds=$(settle OBSERVE_EVERY_SECONDS 60)
	observe_min_requests=$(settle OBSERVE_MIN_REQUESTS 100)
	observe_error_margin=$(settle OBSERVE_ERROR_MARGIN 0.01)
	observe_latency_factor=$(settle OBSERVE_LATENCY_FACTOR 1.25)
}

# One number of Prometheus; nothing when it has none.
ask_prometheus() {
	curl --silent --fail --max-time 10 --get "${prometheus_url%/}/api/v1/query" --data-urlencode "query=$1" |
		sed -nE 's/.*"value":\[[0-9.]+,"([0-9.eE+-]+)"\].*/\1/p'
}

# Requests of callers of one variant; whoever probes and scrapes is none.
series() {
	local metric=$1 more=$2 variant=$3 seconds=$4
	printf 'increase(orchestration_http_request_duration_seconds_%s{route!~"/live|/ready|/health.*|/metrics|/version"%s}[%ss]) and on (job, instance) orchestration_build_info{deployment_variant="%s"}' \
		"$metric" "$more" "$seconds" "$variant"
}

# Sets `requests`, `errors` (share) and `p95` (seconds) of a variant; empty: not known.
look_at() {
	local variant=$1 seconds=$2 failed
	requests=$(ask_prometheus "sum($(series count '' "$variant" "$seconds"))") || requests=''
	failed=$(ask_prometheus "sum($(series count ',status=~"5.."' "$variant" "$seconds")) or vector(0)") || failed=''
	p95=$(ask_prometheus "histogram_quantile(0.95, sum by (le) ($(series bucket '' "$variant" "$seconds")))") || p95=''
	errors=$(awk -v n="${requests:-0}" -v f="$failed" 'BEGIN { if (f != "" && n > 0) printf "%.6f", f / n }')
}

# ok, worse or insufficient: new against old, each `requests errors p95`.
compare() {
	awk -v min="$observe_min_requests" -v margin="$observe_error_margin" -v factor="$observe_latency_factor" \
		-v new="$1" -v old="$2" 'BEGIN {
		if (split(new, n, " ") != 3 || split(old, o, " ") != 3 || n[1] < min || o[1] < min) print "insufficient"
		else if (n[2] > o[2] + margin || n[3] > o[3] * factor + 0.05) print "worse"
		else print "ok"
	}'
}

# Watches for so many seconds; answers 0 only when the whole window is known and not worse. Worse at two looks in a row
# ends it. `variant` is compared with the variant stable, or with what `baseline` holds. Sets `seen` and `baseline`.
observe() {
	local variant=$1 window=$2 fixed=$3 began=$SECONDS elapsed=0 verdict bad=0 new old
	while [ "$elapsed" -lt "$window" ]; do
		sleep "$((window - elapsed < observe_every_seconds ? window - elapsed : observe_every_seconds))"
		elapsed=$((SECONDS - began))
		[ "$elapsed" -gt 0 ] || elapsed=1
		look_at "$variant" "$elapsed"
		new="$requests $errors $p95"
		old=$fixed
		if [ -z "$fixed" ]; then
			look_at stable "$elapsed"
			old="$requests $errors $p95"
		fi
		verdict=$(compare "$new" "$old")
		seen="after ${elapsed} s $verdict: requests, share of 5xx and p95 are $new, against $old"
		say "$variant $seen"
		if [ "$verdict" = worse ]; then bad=$((bad + 1)); else bad=0; fi
		[ "$bad" -lt 2 ] || return 1
	done
	# shellcheck disable=SC2034 # of the caller
	baseline=$old
	[ "$verdict" = ok ]
}
