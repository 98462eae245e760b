import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type {
	PlanForPolicy,
	PolicyContext,
} from "../src/domain/policy-question.ts";
import type {
	FeatureFlags,
	PolicyViolation,
} from "../src/domain/policy-words.ts";
import { whileHeartbeating } from "./heartbeat.ts";

/** A question to the gate: about a plan, its tickets, or the workers chosen for them. */
export type PolicyQuestion = {
	plan_id: string;
	risk_band: string;
	task_count: number;
	/** Absent in questions of earlier releases. */
	context?: PolicyContext;
	/** When an answer is of no use any more, Unix epoch, ms. */
	untilMs?: number;
} & (
	| {
			point: "before-tickets";
			/** Absent in questions of earlier releases. */
			plan?: PlanForPolicy;
	  }
	| { point: "before-allocation"; tickets: readonly ExecutionTicket[] }
	| {
			point: "before-publication";
			tickets: readonly ExecutionTicket[];
			/** The chosen worker of each; null: nobody was chosen. */
			agents: readonly (string | null)[];
	  }
);

export interface DeniedTicket {
	ticket_id: string;
	violations: PolicyViolation[];
}

/**
 * `not configured` is an answer of its own and visible on the plan; it is not an allow in disguise.
 * `unchecked`: there was no decision, and the service is set to go on without one. `undecided`: there was
 * none, and nothing may go on.
 */
export type PolicyDecision =
	| {
			outcome: "allowed" | "not configured" | "unchecked";
			/** Tickets of the question that may not go out. */
			denied?: DeniedTicket[];
			/** Of a plan. */
			warnings?: PolicyViolation[];
			feature_flags?: FeatureFlags;
	  }
	| {
			outcome: "denied";
			reasons: string[];
			violations?: PolicyViolation[];
			warnings?: PolicyViolation[];
	  }
	| { outcome: "undecided"; reason: string };

/** A decision to go on, at least with some of the tickets. */
export type PolicyConsent = Exclude<
	PolicyDecision,
	{ outcome: "denied" | "undecided" }
>;

/** Answers `undecided` when no decision can be had; there is no "assume allowed". */
export interface PolicyGate {
	decide(question: PolicyQuestion): Promise<PolicyDecision>;
}

export function createEvaluatePolicy({ policy }: { policy: PolicyGate }) {
	/** The gate of C1 and C2. Safe to retry: reads only. */
	return async function evaluatePolicy(
		question: PolicyQuestion,
	): Promise<PolicyDecision> {
		return await whileHeartbeating(() => policy.decide(question));
	};
}
