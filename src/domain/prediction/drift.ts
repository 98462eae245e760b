import { textHash } from "../canonical-json.ts";
import { isSound, logDuration } from "./history.ts";
import { type Model, modelTag, type Residuals, rowOf } from "./model.ts";
import { quantilesOf } from "./predict.ts";
import type { FinishedTicket } from "./prediction.ts";
import { median } from "./quantiles.ts";

/** The newest residuals of each task type against one model: one plain JSON value, changed by `watchDrift` alone. */
export interface DriftState {
	/** `name@version` of the model. */
	model: string;
	types: Record<string, TypeWindow>;
}

interface TypeWindow {
	/** Log of actual over predicted duration, without correction, oldest first. */
	residuals: number[];
	/** Who reported each, as a hash; empty: unknown. Absent: from an earlier release. */
	workers?: string[];
	/** Tickets of the type since the last look. */
	unlooked: number;
	/** What stands; null: durations are as trained. */
	drifted: TypeDrift | null;
}

export interface TypeDrift {
	task_type: string;
	/** End of the ticket that showed it, Unix epoch, ms. */
	since_ms: number;
	/** Tickets that show it. */
	tickets: number;
	/** How much longer (or shorter, below 0) tickets run than predicted, %. */
	percent: number;
	/** How many standard errors that is. */
	z: number;
}

interface DriftSeen {
	state: DriftState;
	/** Types that drift since these tickets. */
	begun: TypeDrift[];
	/** Types that no longer do. */
	ended: string[];
}

/** A short window sees much soon, a long one little late. */
const WINDOWS = [80, 400];
const LONGEST = 400;
/** A type is looked at again after so many of its tickets. */
const LOOK_EVERY = 10;
const LEAST_Z = 4;
/** What one worker says alone is no drift of the type: where others have so many tickets, they must show it too. */
const FEWEST_OF_OTHERS = 20;
const LEAST_Z_OF_OTHERS = 2;
/** Smaller shifts are no drift, however certain. */
export const LEAST_SHIFT = Math.log(1.1);
/** A drift ends when all windows are within this. */
const ENDED_SHIFT = Math.log(1.05);
/** Standard error of a median over that of a mean. */
const MEDIAN_ERROR = Math.sqrt(Math.PI / 2);

/** Looks at these tickets, oldest first. With a state of another model it begins anew. */
export function watchDrift(
	state: DriftState | null,
	finished: readonly FinishedTicket[],
	model: Model,
): DriftSeen {
	const tag = modelTag(model);
	const types = { ...(state?.model === tag ? state.types : {}) };
	const begun: TypeDrift[] = [];
	const ended: string[] = [];
	for (const ticket of finished) {
		if (!ticket.completed || !isSound(ticket)) continue;
		const residual = logDuration(ticket) - quantilesOf(ticket, model).p50;
		const type = ticket.task_type;
		const former = types[type];
		const residuals = [...(former?.residuals ?? []), round4(residual)];
		const unlooked = (former?.unlooked ?? 0) + 1;
		const drifted = former?.drifted ?? null;
		const own = {
			residuals: residuals.slice(-LONGEST),
			workers: workersOf(former, ticket).slice(-LONGEST),
			...{ unlooked, drifted },
		};
		types[type] = own;
		if (unlooked < LOOK_EVERY) continue;
		own.unlooked = 0;
		own.drifted = look(ticket, own, model);
		if (own.drifted !== null && drifted === null) begun.push(own.drifted);
		if (own.drifted === null && drifted !== null) ended.push(type);
	}
	return { state: { model: tag, types }, begun, ended };
}

function workersOf(
	former: TypeWindow | undefined,
	{ worker }: FinishedTicket,
): string[] {
	const { residuals = [], workers = [] } = former ?? {};
	const missing = Math.max(0, residuals.length - workers.length);
	const own = worker === null ? "" : textHash(worker).slice(0, 8);
	return [...new Array<string>(missing).fill(""), ...workers, own];
}

/** Whether the median of one of the windows lies too far from where training left it. */
function look(
	{ task_type, ended_at_ms }: FinishedTicket,
	window: TypeWindow,
	model: Model,
): TypeDrift | null {
	const trained = rowOf(model.residuals, task_type);
	const { residuals, drifted } = window;
	const zOf = (shift: number, tickets: number) =>
		(shift * Math.sqrt(tickets)) / (MEDIAN_ERROR * trained.spread);
	const shiftOf = (tickets: number) =>
		median(residuals.slice(-tickets)) - trained.median;
	for (const tickets of WINDOWS) {
		if (residuals.length < tickets) continue;
		const shift = shiftOf(tickets);
		const z = zOf(shift, tickets);
		if (Math.abs(z) < LEAST_Z || Math.abs(shift) < LEAST_SHIFT) continue;
		const others = withoutStrongest(window, tickets, {
			...trained,
			sign: Math.sign(shift),
		});
		const seen = Math.sign(shift) * (median(others) - trained.median);
		const isContradicted =
			others.length >= FEWEST_OF_OTHERS &&
			(seen < LEAST_SHIFT || zOf(seen, others.length) < LEAST_Z_OF_OTHERS);
		if (isContradicted) continue;
		return {
			task_type,
			since_ms: drifted?.since_ms ?? ended_at_ms,
			tickets,
			percent: round1(100 * (Math.exp(shift) - 1)),
			z: round1(z),
		};
	}
	const isBack = WINDOWS.every(
		(tickets) => Math.abs(shiftOf(tickets)) < ENDED_SHIFT,
	);
	return drifted !== null && !isBack ? drifted : null;
}

/** The newest residuals without those of the worker that moves them most. */
function withoutStrongest(
	{ residuals, workers = [] }: TypeWindow,
	tickets: number,
	{ median: centre, spread, sign }: Residuals & { sign: number },
): number[] {
	const newest = residuals.slice(-tickets);
	const by = workers.slice(-tickets);
	const pushes = new Map<string, number>();
	newest.forEach((residual, at) => {
		const worker = by[at] ?? "";
		const push = Math.min(sign * (residual - centre), 2 * spread);
		if (worker !== "") pushes.set(worker, (pushes.get(worker) ?? 0) + push);
	});
	const [[strongest] = [""]] = [...pushes].sort(([, a], [, b]) => b - a);
	return newest.filter((_, at) => strongest === "" || by[at] !== strongest);
}

function round1(value: number): number {
	return Math.round(10 * value) / 10;
}

function round4(value: number): number {
	return Math.round(10_000 * value) / 10_000;
}
