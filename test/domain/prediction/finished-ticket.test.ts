import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type EndedAttempt,
	type TicketOfAttempt,
	toFinishedTicket,
} from "../../../src/domain/prediction/finished-ticket.ts";
import { predictionOf } from "../../support/predictions.ts";
import { plainFacts } from "./made-models.ts";

const attempt: EndedAttempt = {
	...{ ticket_id: "t", logical_ticket_id: "of-t", plan_id: "p" },
	...{ workflow_id: "orch-p", attempt: 1, published_at: 1_000 },
	...{ outcome: "completed", agent_id: "a", actual_duration_ms: 400 },
	finished_at: 2_000,
};
const { task_type, risk_band, required_capabilities, qos } = plainFacts;
const ticket = {
	...{ ticket_id: "of-t", attempt: 1, started_at: null, parameters_size: 2 },
	...{ task_type, risk_band, required_capabilities, qos },
	...{ estimated_duration_ms: 500, allocation_metadata: null },
	sla: { deadline: 0, timeout_ms: 900, max_retries: 0 },
} as unknown as TicketOfAttempt;

test("finished ticket: one that lacks what models read is named, and no error", () => {
	const whole = toFinishedTicket(attempt, ticket, "search");
	assert.ok(typeof whole !== "string");
	assert.equal(whole.actual_duration_ms, 400);
	for (const part of ["task_type", "required_capabilities", "qos", "sla"]) {
		const { [part]: _, ...rest } = { ...ticket } as Record<string, unknown>;
		const lacking = rest as unknown as TicketOfAttempt;
		assert.equal(toFinishedTicket(attempt, lacking, "search"), "damaged", part);
	}
	const predictions = { duration_ms: 5 } as NonNullable<
		TicketOfAttempt["predictions"]
	>;
	const odd = toFinishedTicket(attempt, { ...ticket, predictions }, "search");
	assert.ok(typeof odd !== "string");
	assert.equal(odd.prediction, null);
});

test("finished ticket: a prediction is credited to the attempt that it was made for, and to no other", () => {
	const creditOf = (made: number | undefined, number: number) => {
		const predictions = {
			...predictionOf(400),
			...(made !== undefined && { attempt: made }),
		};
		const one = toFinishedTicket(
			{ ...attempt, attempt: number },
			{ ...ticket, attempt: 2, predictions },
			"search",
		);
		return typeof one !== "string" && one.prediction !== null;
	};
	assert.equal(creditOf(2, 2), true);
	assert.equal(creditOf(undefined, 2), false, "it is of the first");
	assert.equal(creditOf(2, 1), false);
});
