import type { Model } from "./model.ts";
import { modelTag } from "./model.ts";
import type { AnomalyType, FinishedTicket } from "./prediction.ts";

/**
 * What finished tickets have taught since the model was trained: one plain JSON value, changed by `learn` alone.
 * It belongs to one model; with another it is not used.
 */
export interface Correction {
	/** `name@version` of its model. */
	model: string;
	/** One more with each `learn` that changed something. */
	version: number;
	/** By `groupOf`: added to the log of p10, p50 and p90. */
	bias: Record<string, { shift: number; tickets: number }>;
	/** By task type: added to the log of p10 and p90 beyond the bias. */
	interval: Record<string, { p10: number; p90: number; tickets: number }>;
	/** By task type, then anomaly. */
	alarms: Record<string, Partial<Record<AnomalyType, AlarmCount>>>;
}

/** How often an anomaly is seen in a task type, over about the last thousand tickets of the type. */
export interface AlarmCount {
	/** Tickets of the type, older ones count less. */
	tickets: number;
	/** Of these with the anomaly. */
	alarms: number;
	/** Of these that ran as predicted after all. */
	false_alarms: number;
	/** Above its budget: it is told, but raises no alarm. */
	silenced: boolean;
}

export function emptyCorrection(model: Model): Correction {
	return {
		model: modelTag(model),
		version: 0,
		bias: {},
		interval: {},
		alarms: {},
	};
}

/** The correction after these tickets have ended, oldest first. Nothing is changed in place. */
export function learn(
	correction: Correction,
	_finished: readonly FinishedTicket[],
	_model: Model,
): Correction {
	return correction;
}
