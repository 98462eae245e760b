import type { PolicyDecision } from "../domain/policy-decision.ts";
import type { PolicyQuestion } from "../domain/policy-question.ts";

/** Answers `undecided` when no decision can be had; there is no "assume allowed". */
export interface PolicyGate {
	decide(question: PolicyQuestion): Promise<PolicyDecision>;
}

/** How it stands with policies in this process, with the fields of the earlier service. */
export type PolicyHealth =
	| { status: "disabled"; enabled: false; message: string }
	| {
			/** `degraded`: the server is left alone after failures, and is tried again. */
			status: "healthy" | "degraded" | "unhealthy";
			enabled: true;
			engine: "embedded" | "server";
			/** null: the policies are embedded. */
			opa_server: string | null;
			circuit_breaker: {
				enabled: boolean;
				state: "closed" | "half-open" | "open";
				failure_count: number;
				/** ISO 8601. */
				last_failure_time: string | null;
			};
			cache_size: number;
			cache_ttl_seconds: number;
			fail_open: boolean;
			/** ISO 8601. */
			last_check: string;
			/** Path by the name of the policy; `disabled`: it is not asked. */
			policies: Record<string, string>;
			error?: string;
	  };

export interface PolicyReports {
	/** Asks the engine; never rejects. */
	health(): Promise<PolicyHealth>;
}
