import { emptyCorrection, learn } from "./correction.ts";
import { type DriftState, type TypeDrift, watchDrift } from "./drift.ts";
import { type Correction, type Model, modelTag } from "./model.ts";
import { predictDuration } from "./predict.ts";
import type { FinishedTicket } from "./prediction.ts";

/** What ended tickets have taught about one model, and how its predictions went: one plain JSON value. */
export interface Learned {
	/** `name@version`; null: there is no model. */
	model: string | null;
	correction: Correction | null;
	drift: DriftState | null;
	/** By task type. */
	types: Record<string, TypeTally>;
	/** The challenger beside the champion; null: there is none. */
	shadow: ShadowTally | null;
}

/** Sums over about the last thousand completed attempts that the model had predicted. */
interface TypeTally {
	/** All of them. */
	tickets: number;
	weight: number;
	error_ms: number;
	actual_ms: number;
	up_to_p90: number;
}

interface ShadowTally {
	/** `name@version` of the challenger. */
	model: string;
	/** It learns likewise. */
	correction: Correction;
	tickets: number;
	actual_ms: number;
	error_ms: number;
	champion_error_ms: number;
}

interface LearnedStep {
	learned: Learned;
	/** Task types that drift since these tickets, and those that no longer do. */
	begun: TypeDrift[];
	ended: string[];
}

const KEPT = 1 - 1 / 1_000;

export const nothingLearned: Learned = {
	model: null,
	correction: null,
	drift: null,
	types: {},
	shadow: null,
};

/** After these attempts have ended, oldest first; each is handed in once. With another champion it begins anew. */
export function learnFrom(
	before: Learned,
	finished: readonly FinishedTicket[],
	models: { champion: Model | null; challenger: Model | null },
	options: { watchesDrift: boolean },
): LearnedStep {
	const { champion, challenger } = models;
	if (champion === null)
		return { learned: nothingLearned, begun: [], ended: [] };
	const tag = modelTag(champion);
	const start: Learned =
		before.model === tag
			? before
			: {
					...nothingLearned,
					model: tag,
					correction: emptyCorrection(champion),
				};
	const former = start.correction ?? emptyCorrection(champion);
	const seen = options.watchesDrift
		? watchDrift(start.drift, finished, champion)
		: { state: null, begun: [], ended: [] };
	const learned: Learned = {
		model: tag,
		correction: learn(former, finished, champion),
		drift: seen.state,
		types: addTallies(start.types, finished),
		shadow:
			challenger === null
				? null
				: compare(start.shadow, finished, {
						...{ champion, correction: former, challenger },
					}),
	};
	return { learned, begun: seen.begun, ended: seen.ended };
}

/** Whether the attempt shows how well a model predicts. */
export function isForetold(ticket: FinishedTicket): boolean {
	return ticket.completed && ticket.prediction?.source === "model";
}

function addTallies(
	before: Learned["types"],
	finished: readonly FinishedTicket[],
): Learned["types"] {
	const types = { ...before };
	for (const ticket of finished) {
		const { task_type, actual_duration_ms: actual, prediction } = ticket;
		if (!isForetold(ticket) || prediction === null) continue;
		const former = types[task_type];
		const error = Math.abs(actual - prediction.duration_ms);
		types[task_type] = {
			tickets: (former?.tickets ?? 0) + 1,
			weight: KEPT * (former?.weight ?? 0) + 1,
			error_ms: KEPT * (former?.error_ms ?? 0) + error,
			actual_ms: KEPT * (former?.actual_ms ?? 0) + actual,
			up_to_p90:
				KEPT * (former?.up_to_p90 ?? 0) + Number(actual <= prediction.p90_ms),
		};
	}
	return types;
}

/** Both predict the tickets with what they had learned before. */
function compare(
	before: ShadowTally | null,
	finished: readonly FinishedTicket[],
	{
		champion,
		correction,
		challenger,
	}: { champion: Model; correction: Correction; challenger: Model },
): ShadowTally {
	const model = modelTag(challenger);
	const tally: ShadowTally =
		before?.model === model
			? { ...before }
			: {
					...{ model, correction: emptyCorrection(challenger), tickets: 0 },
					...{ actual_ms: 0, error_ms: 0, champion_error_ms: 0 },
				};
	for (const ticket of finished) {
		if (!ticket.completed) continue;
		const actual = ticket.actual_duration_ms;
		const errorOf = (one: Model, own: Correction) =>
			Math.abs(actual - predictDuration(ticket, one, own).duration_ms);
		tally.tickets += 1;
		tally.actual_ms += actual;
		tally.error_ms += errorOf(challenger, tally.correction);
		tally.champion_error_ms += errorOf(champion, correction);
	}
	tally.correction = learn(tally.correction, finished, challenger);
	return tally;
}
