import type { FeatureFlags, PolicyViolation } from "./policy-words.ts";

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
