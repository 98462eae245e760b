import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { isolationFeatures, learnLimits } from "./anomalies.ts";
import { isSound, learnEstimateBias, learnHistory } from "./history.ts";
import { growForest } from "./isolation-forest.ts";
import { findChanges } from "./level-changes.ts";
import {
	type FeatureSchema,
	MODEL_FORMAT,
	type Model,
	rowOf,
	type Scores,
} from "./model.ts";
import { rawQuantiles } from "./predict.ts";
import type { FinishedTicket } from "./prediction.ts";
import { fitRegression } from "./regression.ts";
import { type Calibrated, learnResiduals } from "./residuals.ts";
import { scorePredictions } from "./scores.ts";
import { withSoundHours } from "./sound-hours.ts";
import type { TreeEnsemble } from "./tree-ensemble.ts";
import { learnMedians, type Rows, rowsOf } from "./unseen-medians.ts";

export interface FitOptions {
	name: string;
	version?: number;
	/** Fewer usable tickets make no model; default 100. */
	minTickets?: number;
	/** From so many on the residual is boosted; default 1,000. */
	boostingFrom?: number;
	/** Somebody else's trees: intervals, limits and history are fitted around them. */
	foreign?: {
		trees: TreeEnsemble;
		unit: "ms" | "log_ms";
		feature_schema: FeatureSchema;
	};
}

const MIN_TICKETS = 100;
const BOOSTING_FROM = 1_000;
/** The newest share: trees do not see it, intervals and scores are measured on it. */
const HELD_OUT = 0.2;
const FOREST_SEED = 42;
/** Share of tickets that the forest calls unusual. */
const CONTAMINATION = 0.05;

/**
 * A model of these tickets, in any order; null: too few of them are usable. The same tickets give the same model.
 * Give it at most 100,000 (`sample-tickets.ts`).
 */
export function fitModel(
	tickets: readonly FinishedTicket[],
	options: FitOptions,
): Model | null {
	const sound = tickets.filter(isSound).sort(byEnd);
	const completed = sound.filter((ticket) => ticket.completed);
	if (completed.length < (options.minTickets ?? MIN_TICKETS)) return null;
	const estimate_bias = learnEstimateBias(completed);
	const held = Math.max(1, Math.floor(completed.length * (1 - HELD_OUT)));
	const timed = withSoundHours(completed, completed.slice(0, held));
	const { rows, medians, changes } = learnToday(
		rowsOf(timed, estimate_bias, held),
		options,
	);
	const model: Model = {
		format: MODEL_FORMAT,
		name: options.name,
		version: options.version ?? 0,
		feature_schema: options.foreign?.feature_schema ?? "ours-1",
		trained: {
			tickets: completed.length,
			unusable: tickets.length - completed.length,
			from_ms: completed[0]?.ended_at_ms ?? 0,
			to_ms: completed.at(-1)?.ended_at_ms ?? 0,
			data_hash: hashOf(completed),
			changes,
		},
		tested: null,
		regression: medians.regression,
		boosting: medians.boost(),
		foreign: options.foreign
			? { trees: options.foreign.trees, unit: options.foreign.unit }
			: null,
		residuals: {},
		history: learnHistory(sound),
		estimate_bias,
		limits: {},
		forest: null,
	};
	const foretold = completed.map((ticket, row): Calibrated => {
		const raw = rawQuantiles(ticket, model, medians.levels[row]);
		const p50 = model.foreign ? raw.p50 : (medians.medians[row] as number);
		const actual = rows.target[row] as number;
		return { type: ticket.task_type, raw: { ...raw, p50 }, actual };
	});
	const unseen = foretold.slice(held);
	// Without trees nothing has seen any of them.
	const calibration = model.boosting === null ? foretold : unseen;
	model.residuals = learnResiduals(foretold, calibration);
	model.tested = testUnseen(unseen, completed.slice(0, held));
	learnUsual(model, completed, foretold);
	model.regression = fitRegression(rows, [...completed.keys()]);
	return model;
}

/**
 * What is known of each median when older tickets of a type that has changed count as they would be today. Somebody
 * else's trees say what they say.
 */
function learnToday(
	rows: Rows,
	{ boostingFrom = BOOSTING_FROM, foreign }: FitOptions,
) {
	const hasTrees = foreign === undefined && rows.tickets.length >= boostingFrom;
	const medians = learnMedians(rows, hasTrees);
	if (foreign !== undefined) return { rows, medians, changes: [] };
	const residuals = rows.target.map(
		(target, row) => target - (medians.medians[row] as number),
	);
	const { shifts, changes } = findChanges(rows.tickets, residuals);
	if (changes.length === 0) return { rows, medians, changes };
	const moved = {
		...rows,
		target: rows.target.map((target, row) => target + (shifts[row] as number)),
	};
	return { rows: moved, medians: learnMedians(moved, hasTrees), changes };
}

/** Half of the unseen set the interval, which is tried on the later half; medians are tried on all. */
function testUnseen(
	unseen: readonly Calibrated[],
	past: readonly FinishedTicket[],
): Scores | null {
	const half = Math.floor(unseen.length / 2);
	if (half === 0) return null;
	const shifts = learnResiduals(unseen.slice(0, half), unseen.slice(0, half));
	const history = learnHistory(past);
	const foretold = unseen.map(({ type, raw, actual }) => ({
		actual: Math.exp(actual),
		p10: Math.exp(raw.p10 + rowOf(shifts, type).shift_p10),
		p50: Math.exp(raw.p50),
		p90: Math.exp(raw.p90 + rowOf(shifts, type).shift_p90),
		typeMedian: rowOf(history, type).median_ms,
	}));
	const scores = scorePredictions(foretold);
	const later = scorePredictions(foretold.slice(half));
	return (
		scores &&
		later && {
			...scores,
			p90_coverage_percent: later.p90_coverage_percent,
			interval_coverage_percent: later.interval_coverage_percent,
		}
	);
}

function learnUsual(
	model: Model,
	tickets: readonly FinishedTicket[],
	foretold: readonly Calibrated[],
): void {
	const medians = foretold.map(({ raw }) => raw.p50);
	model.limits = learnLimits(tickets, medians, model.estimate_bias);
	const points = tickets.map((ticket, row) =>
		isolationFeatures(ticket, medians[row] as number, model),
	);
	model.forest = growForest(points, CONTAMINATION, FOREST_SEED);
}

function byEnd(a: FinishedTicket, b: FinishedTicket): number {
	return a.ended_at_ms - b.ended_at_ms || (a.ticket_id < b.ticket_id ? -1 : 1);
}

function hashOf(tickets: readonly FinishedTicket[]): string {
	const hash = sha256.create();
	for (const { ticket_id, actual_duration_ms } of tickets)
		hash.update(utf8ToBytes(`${ticket_id} ${actual_duration_ms}\n`));
	return bytesToHex(hash.digest());
}
