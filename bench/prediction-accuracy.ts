import { emptyCorrection, learn } from "../src/domain/prediction/correction.ts";
import { fitModel } from "../src/domain/prediction/fit.ts";
import {
	type Model,
	rowOf,
	type Scores,
} from "../src/domain/prediction/model.ts";
import { predictTicket } from "../src/domain/prediction/predict.ts";
import type { TicketPrediction } from "../src/domain/prediction/prediction.ts";
import {
	type Foretold,
	scorePredictions,
} from "../src/domain/prediction/scores.ts";
import {
	type HistoryOptions,
	type MadeTicket,
	makeHistory,
} from "../test/support/ticket-history.ts";

/** The first share only teaches; the rest is foretold part by part, each by a model of all before it. */
const FIRST = 0.4;
const PARTS = 6;
const BATCH = 20;

/** Errors from past to future, of models that are trained anew for each part: alone, and as they learn on the way. */
export function walkForward(options: HistoryOptions): Record<string, Scores> {
	const tickets = makeHistory(options);
	const cutOf = (part: number) =>
		Math.round(tickets.length * (FIRST + ((1 - FIRST) * part) / PARTS));
	const parts = Array.from({ length: PARTS }, (_, part) =>
		foretellPart(
			mustFit(tickets.slice(0, cutOf(part))),
			tickets.slice(cutOf(part), cutOf(part + 1)),
		),
	);
	const names = Object.keys(parts[0] ?? {}) as (keyof (typeof parts)[number])[];
	return Object.fromEntries(
		names.map((name) => [
			name,
			scorePredictions(parts.flatMap((part) => part[name])) as Scores,
		]),
	);
}

/** MAE % on the 2,000 tickets after the first so many; of the estimates where no model can be made of these. */
export function learningCurve(counts: readonly number[]): string[][] {
	const tickets = makeHistory({ drift: {} });
	return counts.map((count) => {
		const past = tickets.slice(10_000 - count, 10_000);
		const model = fitModel(past, { name: "bench" });
		const future = tickets.slice(10_000, 12_000).filter(isCompleted);
		const errorOf = (own: Model | null) =>
			scorePredictions(
				future.map((ticket) =>
					foretold(ticket, predictTicket(ticket, own, null)),
				),
			)?.mae_percent ?? Number.NaN;
		const kind =
			model === null ? "none" : model.boosting ? "boosted" : "regression";
		return [
			String(count),
			kind,
			String(errorOf(null)),
			model === null ? "-" : String(errorOf(model)),
			model === null ? "-" : `${model.tested?.p90_coverage_percent ?? "-"}`,
		];
	});
}

export function mustFit(tickets: readonly MadeTicket[]): Model {
	const model = fitModel(tickets, { name: "bench" });
	if (model === null)
		throw new Error(`${tickets.length} tickets make no model`);
	return model;
}

function foretellPart(model: Model, future: readonly MadeTicket[]) {
	const rows = {
		...{ online: [] as Foretold[], model: [] as Foretold[] },
		...{ oracle: [] as Foretold[], estimate: [] as Foretold[] },
		type_median: [] as Foretold[],
	};
	let correction = emptyCorrection(model);
	for (let at = 0; at < future.length; at += BATCH) {
		const batch = future.slice(at, at + BATCH);
		for (const ticket of batch.filter(isCompleted)) {
			const say = (p50: number) => ({ ...plain(ticket, p50), typeMedian });
			const { task_type: type } = ticket;
			const typeMedian = rowOf(model.history, type).median_ms;
			const add = (name: "online" | "model", said: TicketPrediction) =>
				rows[name].push({ ...foretold(ticket, said), typeMedian });
			add("online", predictTicket(ticket, model, correction));
			add("model", predictTicket(ticket, model, null));
			rows.oracle.push(say(ticket.oracle_ms));
			rows.estimate.push(say(ticket.estimated_duration_ms));
			rows.type_median.push(say(typeMedian));
		}
		correction = learn(correction, batch, model);
	}
	return rows;
}

function foretold(
	ticket: MadeTicket,
	{ p10_ms, duration_ms, p90_ms }: TicketPrediction,
): Foretold {
	return { ...plain(ticket, duration_ms), p10: p10_ms, p90: p90_ms };
}

function plain({ actual_duration_ms }: MadeTicket, p50: number): Foretold {
	const typeMedian = p50;
	return { actual: actual_duration_ms, p10: p50, p50, p90: p50, typeMedian };
}

export function isCompleted({ completed }: MadeTicket): boolean {
	return completed;
}
