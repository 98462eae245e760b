import type { PlanProblem } from "./documents.ts";

/** The outcome of one message or one REST body. Failures (Temporal away) are thrown instead. */
export type IntakeOutcome =
	| {
			kind: "started" | "recorded" | "duplicate";
			plan_id: string;
			decision_id: string;
			workflow_id: string;
	  }
	| {
			kind: "refused";
			code:
				| "MESSAGE_INVALID"
				| "PLAN_TOO_LARGE"
				| "PLAN_ALREADY_OPEN"
				| "PLAN_ALREADY_RAN";
			/** The message: what is wrong with the whole; `problems` say where. */
			reason: string;
			hint: string;
			problems: PlanProblem[];
	  };
