import type { BulkCancel, Stop } from "../../domain/stop-order.ts";
import type { Frame } from "./paint.ts";
import { count, wrap } from "./text.ts";
import { renderRelative } from "./time.ts";

/** What is stopped, by whom and why. */
export function renderStops(
	{ stops }: { stops: Stop[] },
	frame: Frame,
): string[] {
	if (stops.length === 0) return ["nothing is stopped"];
	return stops.flatMap((stop) => renderStop(stop, frame));
}

/** One stop. */
export function renderStop(
	{ stop_id, scope, value, actor, reason, since, released }: Stop,
	{ paint, width, nowMs }: Frame,
): string[] {
	const what = value === null ? scope : `${scope} ${value}`;
	const state = released === null ? "stopped" : "released";
	const by = released ?? { actor, reason, at: since };
	return [
		paint(released === null ? "bad" : "good", `${what} is ${state}`),
		...wrap(
			`  ${renderRelative(by.at, nowMs)} by ${by.actor}: ${by.reason}`,
			width,
			"  ",
		),
		paint("dim", `  id ${stop_id}`),
	];
}

/** Which plans a bulk cancel would end. */
export function renderBulkPreview(
	{ count: total, plan_ids }: { count: number; plan_ids: string[] },
	{ paint }: Frame,
): string[] {
	const rest = total - plan_ids.length;
	return [
		`${count(total, "plan")} would be cancelled; nothing was done`,
		...plan_ids.map((id) => `  ${id}`),
		...(rest > 0 ? [paint("dim", `  … and ${rest} more`)] : []),
	];
}

/** How far a bulk cancel is. */
export function renderBulk({
	bulk_id,
	cancelled,
	refused,
	done_at,
}: BulkCancel): string[] {
	return [
		`bulk cancel ${bulk_id} ${done_at === null ? "goes on" : "is done"}`,
		`  ${count(cancelled, "plan")} cancelled, ${refused} had moved on`,
	];
}
