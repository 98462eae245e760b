import type {
	TicketFacts,
	TicketPrediction,
} from "../domain/prediction/prediction.ts";

/**
 * Predicts from the champion and the correction that this process has read last: no I/O, some microseconds a
 * ticket, never an error. Without a model, or with one that cannot be used, the answer is the ticket's estimate
 * and says so in `source`. undefined as a whole: predictions are off.
 */
export interface Predictor {
	predict(tickets: readonly TicketFacts[]): TicketPrediction[];
	/** `name@version+correction` in force; null: none. */
	readonly model: string | null;
	/** Share of the type's own error that the champion makes on what it has not seen, 0 to 1; null: no model. */
	readonly accuracy: number | null;
}
