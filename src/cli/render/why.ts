import {
	isFinalStatus,
	type PlanWait,
	type PlanWaits,
} from "../../domain/plan-run.ts";
import type { Frame } from "./paint.ts";
import { wrap } from "./text.ts";
import { renderDuration, renderRelative } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

const MOST_SHOWN = 20;

/** The waits of a plan, with their start and remedy; the longest wait first. */
export function renderWhy(why: PlanWaits, frame: Frame): string[] {
	const { paint, width } = frame;
	const shown = [...why.waits]
		.sort((a, b) => a.since_ms - b.since_ms)
		.slice(0, MOST_SHOWN);
	const rest = why.total - shown.length;
	return [
		`${paint("strong", why.plan_id)}  ${paint(signOf(why.status).tone, withSymbol(why.status))}`,
		...wrap(why.summary, width),
		...shown.flatMap((wait) => renderWait(wait, frame)),
		...(rest > 0 ? [paint("dim", `… and ${rest} more waits like these`)] : []),
		...(isFinalStatus(why.status) && why.status !== "SUCCESS"
			? [
					paint(
						"dim",
						`how it came to that: orchestrator plans timeline ${why.plan_id}`,
					),
				]
			: []),
	];
}

function renderWait(wait: PlanWait, { width, paint, nowMs }: Frame): string[] {
	const subject = wait.task_id === undefined ? "" : ` of task ${wait.task_id}`;
	const until =
		wait.until_ms === undefined
			? ""
			: `, gives up ${renderRelative(wait.until_ms, nowMs)}`;
	const tries =
		wait.attempts === undefined ? "" : `, tried ${wait.attempts} times`;
	const since = renderDuration(nowMs - wait.since_ms);
	const [first = "", ...more] = wrap(
		`○ ${wait.what}${subject}, for ${since}${tries}${until}`,
		width,
		"  ",
	);
	return [
		"",
		paint("waiting", first),
		...more,
		...(wait.error === undefined
			? []
			: wrap(`  its error: ${wait.error}`, width, "    ")),
		...wrap(`  unblocked by: ${wait.unblocked_by}`, width, "    "),
	];
}
