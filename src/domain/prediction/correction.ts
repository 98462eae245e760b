import { unusualIn } from "./anomalies.ts";
import { groupOf, ownRow } from "./features.ts";
import { isSound } from "./history.ts";
import {
	type AlarmCount,
	type Correction,
	type Model,
	modelTag,
	rowOf,
} from "./model.ts";
import { corrected, FURTHEST_SHIFT, quantilesOf } from "./predict.ts";
import type { AnomalyType, FinishedTicket } from "./prediction.ts";

/** How much of a new error is learned. */
const ALPHA = 0.02;
/** An error counts as at most so many usual ones. */
const CLIPPED_SPREADS = 2;
/** In spreads of the type: how much one ticket widens or narrows its interval, and by how much at most in all. */
const INTERVAL_STEP = 0.05;
const WIDEST = 2;
/** Others are corrected by their type alone. */
const MOST_GROUPS = 1_000;
/** Share of a type's tickets that may raise a false alarm; below half of it a silenced one speaks again. */
export const FALSE_ALARM_BUDGET = 0.05;
const FEWEST_TO_SILENCE = 100;
const ALARM_MEMORY = 1_000;

export function emptyCorrection(model: Model): Correction {
	return {
		model: modelTag(model),
		version: 0,
		bias: {},
		interval: {},
		alarms: {},
	};
}

/**
 * The correction after these tickets have ended, oldest first. Nothing is changed in place. A correction of another
 * model is left behind.
 */
export function learn(
	correction: Correction,
	finished: readonly FinishedTicket[],
	model: Model,
): Correction {
	const usable = finished.filter(
		(ticket) => ticket.completed && isSound(ticket),
	);
	const before =
		correction.model === modelTag(model) ? correction : emptyCorrection(model);
	if (usable.length === 0) return before;
	const after: Correction = {
		model: before.model,
		version: before.version + 1,
		bias: { ...before.bias },
		interval: { ...before.interval },
		alarms: { ...before.alarms },
	};
	for (const ticket of usable) learnOne(after, ticket, model);
	return after;
}

/** Replaces rows of the tables; the rows themselves are left as they are. */
function learnOne(own: Correction, ticket: FinishedTicket, model: Model): void {
	const type = ticket.task_type;
	const { p10, p50, p90 } = corrected(quantilesOf(ticket, model), ticket, own);
	const actual = Math.log(ticket.actual_duration_ms);
	const { spread } = rowOf(model.residuals, type);
	const error = clamp(actual - p50, CLIPPED_SPREADS * spread);
	moveBias(own.bias, type, error);
	const group = groupOf(ticket);
	if (
		Object.hasOwn(own.bias, group) ||
		Object.keys(own.bias).length < MOST_GROUPS
	)
		moveBias(own.bias, group, error);
	const step = INTERVAL_STEP * spread;
	const former = ownRow(own.interval, type) ?? { p10: 0, p90: 0 };
	own.interval[type] = {
		p10: clamp(
			former.p10 + step * (actual < p10 ? -0.9 : 0.1),
			WIDEST * spread,
		),
		p90: clamp(
			former.p90 + step * (actual > p90 ? 0.9 : -0.1),
			WIDEST * spread,
		),
	};
	const ranAsPredicted = actual >= p10 && actual <= p90;
	countAlarms(own, type, unusualIn(ticket, p50, model), ranAsPredicted);
}

function moveBias(bias: Correction["bias"], key: string, error: number): void {
	const { shift, tickets } = ownRow(bias, key) ?? { shift: 0, tickets: 0 };
	bias[key] = {
		shift: clamp(shift + ALPHA * error, FURTHEST_SHIFT),
		tickets: tickets + 1,
	};
}

function countAlarms(
	own: Correction,
	type: string,
	seen: readonly AnomalyType[],
	ranAsPredicted: boolean,
): void {
	const former = ownRow(own.alarms, type) ?? {};
	const names = new Set([...(Object.keys(former) as AnomalyType[]), ...seen]);
	if (names.size === 0) return;
	const keep = 1 - 1 / ALARM_MEMORY;
	own.alarms[type] = Object.fromEntries(
		[...names].map((name) => {
			const before = former[name];
			const isSeen = seen.includes(name);
			const count = {
				tickets: keep * (before?.tickets ?? 0) + 1,
				alarms: keep * (before?.alarms ?? 0) + Number(isSeen),
				false_alarms:
					keep * (before?.false_alarms ?? 0) + Number(isSeen && ranAsPredicted),
			};
			const silenced = isTooMuch(count, before?.silenced ?? false);
			return [name, { ...count, silenced }];
		}),
	);
}

function isTooMuch(
	{ tickets, false_alarms }: Pick<AlarmCount, "tickets" | "false_alarms">,
	silenced: boolean,
): boolean {
	if (tickets < FEWEST_TO_SILENCE) return silenced;
	const budget = silenced ? FALSE_ALARM_BUDGET / 2 : FALSE_ALARM_BUDGET;
	return false_alarms / tickets > budget;
}

function clamp(value: number, limit: number): number {
	return Math.min(limit, Math.max(-limit, value));
}
