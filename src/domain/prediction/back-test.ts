import { emptyCorrection, learn } from "./correction.ts";
import { groupOf } from "./features.ts";
import { type FitOptions, fitModel } from "./fit.ts";
import { isSound } from "./history.ts";
import { ALL_TYPES, type Model, rowOf, type Scores } from "./model.ts";
import { predictDuration } from "./predict.ts";
import type { FinishedTicket } from "./prediction.ts";
import { type Foretold, scorePredictions } from "./scores.ts";

type Contestant =
	| "candidate"
	| "champion"
	| "type_median"
	| "ewma"
	| "estimate";

/** By task type, and `*`. */
type ScoresByType = Record<string, Scores>;

export interface BackTest {
	/** Tickets of the future that were foretold, and their ends, Unix epoch, ms. */
	tickets: number;
	from_ms: number;
	to_ms: number;
	/** Without a champion there is no row of it. */
	scores: Partial<Record<Contestant, ScoresByType>>;
	/** The champion was trained on some of the tickets: it looks better than it is. */
	champion_has_seen: boolean;
}

interface PromotionLimits {
	/**
	 * MAE, % of the mean duration, that must not be exceeded: by task type, `*` for all together. Default: none. A type
	 * with fewer than 30 tested tickets is not judged.
	 */
	maePercent?: Readonly<Record<string, number>>;
	/** How much better than the champion, %; default 0: better at all. */
	improvementPercent?: number;
}

export interface Promotion {
	promote: boolean;
	/** A sentence for each rule that was asked. */
	reasons: string[];
}

/** The newest share is foretold at most. */
const FUTURE = 0.2;
const FEWEST_FORETOLD = 100;
const FEWEST_TICKETS = 30;
const EWMA_ALPHA = 0.2;
/** Corrections come in batches, as they do in operation. */
const BATCH = 20;
/** p90 must cover about nine in ten. */
const COVERAGE = { low: 80, high: 97 };

/**
 * From past to future: a model of the older tickets foretells the newer ones, learning from each as it ends, beside
 * the champion (which learns likewise), the type's median, a moving average by type and capability set, and the
 * tickets' own estimates. null: too few tickets. `changedAtMs`: since when durations are as they are.
 */
export function backTest(
	tickets: readonly FinishedTicket[],
	recipe: FitOptions,
	champion: Model | null,
	changedAtMs = 0,
): BackTest | null {
	const ordered = tickets
		.filter(isSound)
		.sort((one, other) => one.ended_at_ms - other.ended_at_ms);
	const cut = cutOf(
		ordered,
		Math.max(champion?.trained.to_ms ?? 0, changedAtMs),
	);
	const candidate = fitModel(ordered.slice(0, cut), recipe);
	const future = ordered.slice(cut).filter(({ completed }) => completed);
	const [first] = future;
	if (candidate === null || first === undefined) return null;
	const medianOf = (ticket: FinishedTicket) =>
		rowOf(candidate.history, ticket.task_type).median_ms;
	const contestants: Partial<Record<Contestant, Foreteller>> = {
		candidate: modelForeteller(candidate),
		...(champion && {
			champion: modelForeteller(champion, ordered.slice(0, cut)),
		}),
		type_median: { say: (ticket) => certain(medianOf(ticket)) },
		ewma: movingAverage(ordered.slice(0, cut), medianOf),
		estimate: { say: (ticket) => certain(ticket.estimated_duration_ms) },
	};
	return {
		tickets: future.length,
		from_ms: first.ended_at_ms,
		to_ms: future.at(-1)?.ended_at_ms ?? first.ended_at_ms,
		champion_has_seen: (champion?.trained.to_ms ?? 0) > first.ended_at_ms,
		scores: Object.fromEntries(
			Object.entries(contestants).map(([name, contestant]) => [
				name,
				scoreByType(future, foretell(future, contestant, medianOf)),
			]),
		),
	};
}

/**
 * Half of what has ended since then: the other half is for the candidate to learn from, as it will when it is fitted to
 * all. What the champion was trained on, or what ended before durations have changed, says little of what is to come.
 */
function cutOf(
	ordered: readonly FinishedTicket[],
	freshFromMs: number,
): number {
	const fresh = ordered.filter(
		({ ended_at_ms }) => ended_at_ms > freshFromMs,
	).length;
	return Math.max(
		Math.floor(ordered.length * (1 - FUTURE)),
		ordered.length - Math.max(FEWEST_FORETOLD, Math.ceil(fresh / 2)),
	);
}

/**
 * Whether the candidate takes the champion's place: it errs less than the champion and the type median, its p90
 * covers what it says, and no set limit is exceeded.
 */
export function judgePromotion(
	{ scores, champion_has_seen }: Pick<BackTest, "scores" | "champion_has_seen">,
	limits: PromotionLimits = {},
): Promotion {
	const own = scores.candidate?.[ALL_TYPES];
	if (own === undefined)
		return { promote: false, reasons: ["the candidate was not tested"] };
	const rules = [
		...rivalRules(own, scores, champion_has_seen, limits),
		{
			holds:
				own.p90_coverage_percent >= COVERAGE.low &&
				own.p90_coverage_percent <= COVERAGE.high,
			text: `its p90 covers ${own.p90_coverage_percent} %`,
			demand: `between ${COVERAGE.low} and ${COVERAGE.high} %`,
		},
		...limitRules(scores.candidate ?? {}, limits),
	];
	return {
		promote: rules.every(({ holds }) => holds),
		reasons: rules.map(({ holds, text, demand }) =>
			holds ? text : `${text}, refused: must be ${demand}`,
		),
	};
}

interface Rule {
	holds: boolean;
	text: string;
	demand: string;
}

function rivalRules(
	own: Scores,
	scores: BackTest["scores"],
	hasSeen: boolean,
	{ improvementPercent = 0 }: PromotionLimits,
): Rule[] {
	return (["champion", "type_median"] as const).flatMap((name) => {
		const rival = scores[name]?.[ALL_TYPES];
		if (rival === undefined) return [];
		const asked = name === "champion" ? improvementPercent : 0;
		const most = rival.mae_percent * (1 - asked / 100);
		const note = name === "champion" && hasSeen ? " (which knew some)" : "";
		return [
			{
				holds: own.mae_percent < most,
				text: `errs by ${own.mae_percent} %, the ${name.replace("_", " ")}${note} by ${rival.mae_percent} %`,
				demand: `below ${most.toFixed(2)} %`,
			},
		];
	});
}

function limitRules(
	byType: ScoresByType,
	{ maePercent = {} }: PromotionLimits,
): Rule[] {
	return Object.entries(maePercent).flatMap(([type, most]) => {
		const own = byType[type];
		if (own === undefined || own.tickets < FEWEST_TICKETS) return [];
		const whose = type === ALL_TYPES ? "all types" : type;
		return [
			{
				holds: own.mae_percent <= most,
				text: `errs by ${own.mae_percent} % on ${whose}`,
				demand: `at most ${most} %`,
			},
		];
	});
}

type Quantiles = Pick<Foretold, "p10" | "p50" | "p90">;

interface Foreteller {
	say(ticket: FinishedTicket): Quantiles;
	learn?(tickets: readonly FinishedTicket[]): void;
}

/** A model with a correction of its own, which has learned from what ended between its training and the test. */
function modelForeteller(
	model: Model,
	past: readonly FinishedTicket[] = [],
): Foreteller {
	let correction = learn(
		emptyCorrection(model),
		past.filter(({ ended_at_ms }) => ended_at_ms > model.trained.to_ms),
		model,
	);
	return {
		say(ticket) {
			const said = predictDuration(ticket, model, correction);
			return { p10: said.p10_ms, p50: said.duration_ms, p90: said.p90_ms };
		},
		learn(tickets) {
			correction = learn(correction, tickets, model);
		},
	};
}

function movingAverage(
	past: readonly FinishedTicket[],
	otherwise: (ticket: FinishedTicket) => number,
): Foreteller {
	const averages = new Map<string, number>();
	const add = (tickets: readonly FinishedTicket[]) => {
		for (const ticket of tickets) {
			if (!ticket.completed) continue;
			const group = groupOf(ticket);
			const before = averages.get(group) ?? ticket.actual_duration_ms;
			averages.set(
				group,
				before + EWMA_ALPHA * (ticket.actual_duration_ms - before),
			);
		}
	};
	add(past);
	return {
		say: (ticket) =>
			certain(averages.get(groupOf(ticket)) ?? otherwise(ticket)),
		learn: add,
	};
}

function certain(ms: number): Quantiles {
	return { p10: ms, p50: ms, p90: ms };
}

function foretell(
	future: readonly FinishedTicket[],
	{ say, learn: teach }: Foreteller,
	medianOf: (ticket: FinishedTicket) => number,
): Foretold[] {
	const foretold: Foretold[] = [];
	for (let at = 0; at < future.length; at += BATCH) {
		const batch = future.slice(at, at + BATCH);
		for (const ticket of batch)
			foretold.push({
				...say(ticket),
				actual: ticket.actual_duration_ms,
				typeMedian: medianOf(ticket),
			});
		teach?.(batch);
	}
	return foretold;
}

function scoreByType(
	future: readonly FinishedTicket[],
	foretold: readonly Foretold[],
): ScoresByType {
	const byType = Map.groupBy(
		foretold.keys(),
		(at) => (future[at] as FinishedTicket).task_type as string,
	);
	const parts: [string, readonly Foretold[]][] = [
		[ALL_TYPES, foretold],
		...[...byType].map(([type, own]): [string, Foretold[]] => [
			type,
			own.map((at) => foretold[at] as Foretold),
		]),
	];
	return Object.fromEntries(
		parts.flatMap(([type, own]) => {
			const scores = scorePredictions(own);
			return scores === null ? [] : [[type, scores]];
		}),
	);
}
