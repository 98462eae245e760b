import type { TypeDrift } from "../src/domain/prediction/drift.ts";
import { estimated } from "../src/domain/prediction/estimate.ts";
import type { Model, Scores } from "../src/domain/prediction/model.ts";
import { predictDuration } from "../src/domain/prediction/predict.ts";
import type { DurationPrediction } from "../src/domain/prediction/prediction.ts";
import { median } from "../src/domain/prediction/quantiles.ts";
import { scorePredictions } from "../src/domain/prediction/scores.ts";
import type { ModelAuditEvent } from "../src/prediction/ports.ts";
import { formatTable } from "../stack/format-table.ts";
import { work } from "./learning-plans.ts";
import type { PlacedTicket } from "./learning-record.ts";
import { round } from "./statistics.ts";

type RowScores = Scores & { medianLogError: number };

interface Row {
	plans: string;
	tickets: number;
	estimate: RowScores;
	/** What the first and the newest champion say without correction; null: it is not there, or knows some of these. */
	first: RowScores | null;
	newest: RowScores | null;
	/** What stood on the tickets; null: on none was a prediction. */
	said: RowScores | null;
	predictedShare: number;
}

/** So many plans after the other: how far estimates, the models and what tickets said were off. */
export function scoreRows(
	tickets: readonly PlacedTicket[],
	models: readonly Model[],
	rowSize: number,
): Row[] {
	const byRow = Map.groupBy(tickets, ({ place }) =>
		Math.floor(place / rowSize),
	);
	const rows = [...byRow].toSorted(([a], [b]) => a - b);
	const beginsMs = (own: readonly PlacedTicket[]) =>
		own.reduce((first, { at_ms }) => Math.min(first, at_ms), Infinity);
	const known = (own: readonly PlacedTicket[]) =>
		models.filter(({ trained }) => trained.to_ms < beginsMs(own));
	const [first] = models;
	const newest = known(rows.at(-1)?.[1] ?? []).at(-1);
	return rows.map(([row, own]) => {
		const predicted = own.filter(
			({ prediction }) => prediction?.source === "model",
		);
		const alone = (model: Model | undefined) =>
			model && known(own).includes(model)
				? score(own, (one) => predictDuration(one, model, null))
				: null;
		return {
			plans: `${row * rowSize + 1}-${(row + 1) * rowSize}`,
			tickets: own.length,
			estimate: score(own, (one) => estimated(one, "estimate")),
			first: alone(first),
			newest: newest === first ? null : alone(newest),
			said:
				predicted.length > 0
					? score(own, (one) => one.prediction ?? estimated(one, "estimate"))
					: null,
			predictedShare: predicted.length / own.length,
		};
	});
}

function score(
	tickets: readonly PlacedTicket[],
	say: (ticket: PlacedTicket) => Omit<DurationPrediction, "source">,
): RowScores {
	const foretold = tickets.map((ticket) => {
		const { p10_ms: p10, duration_ms: p50, p90_ms: p90 } = say(ticket);
		const actual = ticket.actual_duration_ms;
		return { actual, p10, p50, p90, typeMedian: p50 };
	});
	const errors = foretold.map(({ actual, p50 }) =>
		Math.abs(Math.log(actual / p50)),
	);
	const scores = scorePredictions(foretold);
	if (scores === null) throw new Error("no ticket has completed");
	return { ...scores, medianLogError: median(errors) };
}

/**
 * Which types were said to drift, by an alarm or by the training of a champion, after how many of their tickets that do;
 * those that were seen too late, and those that alarmed for nothing.
 */
export function alarmsOf(
	tickets: readonly PlacedTicket[],
	{
		drifts,
		models,
	}: { drifts: readonly TypeDrift[]; models: readonly Model[] },
	driftsFrom: number,
) {
	const told = models
		.flatMap(({ trained }) =>
			(trained.changes ?? []).map(({ task_type }) => ({
				task_type,
				since_ms: trained.to_ms,
			})),
		)
		.concat(drifts)
		.toSorted((a, b) => a.since_ms - b.since_ms);
	const drifting = tickets.filter(({ place }) => place >= driftsFrom);
	const countOf = (type: string, untilMs = Number.POSITIVE_INFINITY) =>
		drifting.filter(
			(one) => one.task_type === type && one.ended_at_ms <= untilMs,
		).length;
	const isTrue = ({
		task_type,
		since_ms,
	}: Pick<TypeDrift, "task_type" | "since_ms">) =>
		work.some((one) => one.task_type === task_type && one.seenWithin) &&
		countOf(task_type, since_ms) > 0;
	const types = work.map(({ task_type, drift, seenWithin }) => {
		const seen = told.find((one) => one.task_type === task_type && isTrue(one));
		const seenAfter = seen ? countOf(task_type, seen.since_ms) : null;
		const ticketsSince = countOf(task_type);
		const isLate =
			seenWithin !== null && (seenAfter ?? ticketsSince) > seenWithin;
		return { task_type, drift, seenWithin, seenAfter, ticketsSince, isLate };
	});
	return {
		types,
		late: types.filter(({ isLate }) => isLate),
		falseAlarms: drifts.filter((one) => !isTrue(one)),
	};
}

/** What each training came to, and how many tickets of the new times had ended by then. */
export function trainingsOf(
	tickets: readonly PlacedTicket[],
	events: readonly ModelAuditEvent[],
	driftsFrom: number,
) {
	return events.map(({ timestamp, triggered_by, model_version, ...event }) => {
		const ended = tickets.filter((one) => one.ended_at_ms <= timestamp);
		return {
			...{ version: model_version, trigger: triggered_by },
			outcome: String(event.event_data.outcome),
			tickets: ended.length,
			drifted: ended.filter(({ place }) => place >= driftsFrom).length,
			reason: event.reason,
		};
	});
}

/** The tables of errors, of drift and of trainings. */
export function printLearning(
	rows: readonly Row[],
	{ types, falseAlarms }: ReturnType<typeof alarmsOf>,
	trainings: ReturnType<typeof trainingsOf>,
): void {
	const parts = ({ mae_percent, medianLogError }: RowScores) =>
		[mae_percent, medianLogError].map((value) => String(round(value)));
	const covered = (scores: RowScores | null) =>
		scores === null
			? ["-", "-", "-", "-"]
			: [
					...parts(scores),
					String(round(scores.p90_coverage_percent)),
					String(round(scores.interval_coverage_percent)),
				];
	print("durations, as plans go by", [
		[
			...["plans", "tickets", "predicted %"],
			...["estimate: MAE %", "median |ln|"],
			...["first model alone: MAE %", "median |ln|", "p90 covers"],
			...["p10 to p90", "newest alone: MAE %", "median |ln|", "p90 covers"],
			"p10 to p90",
			...["on tickets: MAE %", "median |ln|", "p90 covers", "p10 to p90"],
		],
		...rows.map((row) => [
			...[row.plans, String(row.tickets)],
			String(Math.round(100 * row.predictedShare)),
			...parts(row.estimate),
			...covered(row.first),
			...covered(row.newest),
			...covered(row.said),
		]),
	]);
	print("drift", [
		["type", "takes", "seen after", "bound", "tickets since", "false alarms"],
		...types.map(({ task_type, drift, seenAfter, seenWithin, ticketsSince }) =>
			[
				...[
					task_type,
					drift,
					seenAfter ?? "-",
					seenWithin ?? "-",
					ticketsSince,
				],
				falseAlarms.filter((one) => one.task_type === task_type).length,
			].map(String),
		),
	]);
	print("trainings", [
		["version", "by", "outcome", "tickets", "of them since the drift", "why"],
		...trainings.map(
			({ version, trigger, outcome, tickets, drifted, reason }) =>
				[version ?? "-", trigger, outcome, tickets, drifted, reason].map(
					String,
				),
		),
	]);
}

function print(title: string, rows: string[][]): void {
	console.log(`\n${title}\n${formatTable(rows).join("\n")}`);
}
