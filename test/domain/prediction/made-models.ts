import assert from "node:assert/strict";
import { fitModel } from "../../../src/domain/prediction/fit.ts";
import type { Model } from "../../../src/domain/prediction/model.ts";
import type {
	FinishedTicket,
	TicketFacts,
} from "../../../src/domain/prediction/prediction.ts";
import { makeHistory } from "../../support/ticket-history.ts";

export const calmHistory = makeHistory({ tickets: 3_000, days: 20, drift: {} });

/** Of 2,400 tickets without drift. */
export const calmModel = modelOf(calmHistory.slice(0, 2_400));
export const unseenTickets = calmHistory.slice(2_400);

export function modelOf(tickets: readonly FinishedTicket[]): Model {
	const model = fitModel(tickets, { name: "durations", version: 3 });
	assert.ok(model);
	return model;
}

export const plainFacts: TicketFacts = {
	task_type: "BUILD",
	risk_band: "medium",
	required_capabilities: ["docker", "node"],
	qos: {
		delivery_mode: "AT_LEAST_ONCE",
		consistency: "EVENTUAL",
		durability: "PERSISTENT",
	},
	parameters_size: 1_000,
	estimated_duration_ms: 60_000,
	timeout_ms: 180_000,
	retry_count: 0,
	tenant: "search",
	at_ms: Date.UTC(2026, 0, 5, 12),
};

/** A finished ticket of these facts. */
export function finished(
	actual_duration_ms: number,
	changes: Partial<FinishedTicket> = {},
): FinishedTicket {
	return {
		...plainFacts,
		ticket_id: "t-1",
		plan_id: "p-1",
		worker: null,
		completed: true,
		actual_duration_ms,
		queue_ms: null,
		ended_at_ms: plainFacts.at_ms + actual_duration_ms,
		prediction: null,
		...changes,
	};
}
