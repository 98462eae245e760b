import {
	type OrphanReport,
	REPORT_LIFETIME_MS,
} from "../domain/orphan-watch.ts";
import { type Check, failed, ok, warning } from "./check.ts";

/** Facts about open plans without progress for long. */
export interface PlanFacts {
	/** The newest look of `orphan-watch`; undefined: it has never looked. */
	report: OrphanReport | undefined;
	/** The number of examined plans, and whether these are all. */
	asked: number;
	isAll: boolean;
	/** Temporal has no run of theirs. */
	gone: readonly string[];
	/** Their runs were ended from outside. */
	ended: readonly string[];
	/** Their workflow task fails again and again. */
	stuck: readonly string[];
}

/** Names in one line. */
const MAX_NAMED = 5;

/** Judges whether open plans can go on, and whether the orphan watch runs. */
export function checkPlans(facts: PlanFacts, nowMs: number): Check[] {
	const { report, asked, isAll, gone, ended, stuck } = facts;
	const found = [
		...failures(
			gone,
			"are open, and Temporal has no run of them",
			"see that TEMPORAL_HOST and TEMPORAL_NAMESPACE are those under which they ran; if so, their runs were deleted: publish them under new ids",
		),
		...failures(
			ended,
			"are open, and their runs were ended in Temporal",
			"orphan-watch closes them within its interval, reading one of them at once; if they stay, look for the workflow close-{plan_id}-… in Temporal",
		),
		...failures(
			stuck,
			"cannot go on: their workflow task fails again and again",
			"`orchestrator plans why <plan-id>` quotes the error; start a worker that can do the task",
		),
	];
	const more = isAll ? "" : ", those that are quiet longest";
	return [
		...(found.length > 0
			? found
			: [
					ok(
						"plans",
						`${asked} open ones without progress were looked at${more}; each has a run that works`,
					),
				]),
		judgeWatch(report, nowMs),
	];
}

function failures(
	planIds: readonly string[],
	what: string,
	remedy: string,
): Check[] {
	if (planIds.length === 0) return [];
	const rest = planIds.length - MAX_NAMED;
	const names = planIds.slice(0, MAX_NAMED).join(", ");
	const named = rest > 0 ? `${names} and ${rest} more` : names;
	return [failed("plans", `${planIds.length} ${what}: ${named}`, remedy)];
}

function judgeWatch(report: OrphanReport | undefined, nowMs: number): Check {
	const name = "orphan watch";
	if (report === undefined) return ok(name, "it has not looked yet");
	const at = new Date(report.at).toISOString();
	return nowMs - report.at < REPORT_LIFETIME_MS
		? ok(name, `it looked at ${at}`)
		: warning(
				name,
				`it has not looked since ${at}: nobody closes plans whose runs are ended`,
				"start a process with the role worker, and see that the schedule orphan-watch-{queue} is not paused in Temporal",
			);
}
