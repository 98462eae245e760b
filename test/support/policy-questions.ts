import type {
	PolicyContext,
	PolicyQuestion,
} from "../../src/domain/policy-question.ts";
import type { PolicyGate } from "../../src/plans/policy-ports.ts";
import { wireTicketOf } from "./allocations.ts";

export const context: PolicyContext = {
	workflow_id: "orch-p-1",
	correlation_id: "c-1",
	tenant_id: "gold",
	namespace: "default",
	user_id: "ada",
	total_tickets: 2,
};
export const common = {
	plan_id: "p-1",
	risk_band: "low",
	task_count: 2,
	context,
};

export const aboutPlan = (changes: object = {}): PolicyQuestion => ({
	...common,
	point: "before-tickets",
	plan: {
		plan_id: "p-1",
		intent_id: null,
		domain: "TECHNICAL",
		risk_band: "low",
		risk_score: 0.2,
		priority: "NORMAL",
		security_level: "INTERNAL",
		qos: {
			delivery_mode: "AT_LEAST_ONCE",
			consistency: "EVENTUAL",
			durability: "PERSISTENT",
		},
		valid_until: null,
		contains_pii: false,
		data_classification: "internal",
		tasks: [
			{
				task_id: "a",
				task_type: "EXECUTE",
				required_capabilities: ["python"],
				estimated_duration_ms: 5_000,
			},
		],
		...changes,
	},
});
export const ticket = (id: string, changes: object = {}) =>
	wireTicketOf({
		ticket_id: id,
		risk_band: "low",
		sla: {
			deadline: Date.now() + 3_600_000,
			timeout_ms: 60_000,
			max_retries: 1,
		},
		required_capabilities: ["python"],
		...changes,
	});
export const aboutTickets = (...tickets: ReturnType<typeof ticket>[]) =>
	({ ...common, point: "before-allocation", tickets }) as const;

/** What the gate says in a word. */
export async function outcomeOf(gate: PolicyGate, question: PolicyQuestion) {
	const { outcome } = await gate.decide(question);
	return outcome;
}
