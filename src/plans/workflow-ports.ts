import type { PlanProblem } from "../domain/documents.ts";

/** A workflow as Temporal knows it; the fields of the earlier service. Times are ISO 8601. */
export interface WorkflowFacts {
	workflow_id: string;
	/** Temporal's word: RUNNING, COMPLETED, FAILED, CANCELLED, TERMINATED, CONTINUED_AS_NEW, TIMED_OUT. */
	status: string;
	start_time: string;
	close_time: string | null;
	execution_time: string | null;
	workflow_type: string;
	task_queue: string;
	/** Of a workflow that has completed. */
	result_summary: { status: string; tickets_generated: number | null } | null;
}

/** Workflows by id. Every call throws TEMPORAL_UNAVAILABLE when they cannot be asked. */
export interface Workflows {
	/** undefined: there is none of ours with that id. */
	describe(workflowId: string): Promise<WorkflowFacts | undefined>;
	/** undefined: there is none of ours with that id. Throws REQUEST_INVALID when the workflow refuses the question. */
	query(
		workflowId: string,
		name: string,
		args: readonly unknown[],
	): Promise<{ result: unknown } | undefined>;
	/** The plan that a workflow id names; undefined when it names none. */
	planIdOf(workflowId: string): string | undefined;
	/** Plans that are at work. */
	countOpenPlans(): Promise<number>;
}

/** What became of a result that came by HTTP. */
export type ReportOutcome =
	/** The plan's run has it; or it came before, or says nothing about a plan that has ended. */
	| { kind: "delivered"; planId: string }
	/** No plan has the ticket, or another one than was said. */
	| { kind: "unknown" }
	/** Its plan had ended. */
	| { kind: "late"; reason: string }
	/** It does not have its ticket's token. */
	| { kind: "unproven" }
	| { kind: "invalid"; problems: readonly PlanProblem[] };

/** What is said of a result beside it. */
export interface ReportFacts {
	/** The plan it must be of. */
	planId?: string;
	/** The ticket's token, where the record does not echo it. */
	token?: string;
}

/** Results that come by HTTP: by the rules, and the code, of execution.results. */
export interface ResultReports {
	/** Takes a record as execution.results has it, of this plan if one is named. Throws when Temporal is away. */
	report(value: object, about?: ReportFacts): Promise<ReportOutcome>;
}

export interface AuthorizationQuery {
	user_id?: string;
	tenant_id?: string;
	decision?: string;
	policy_path?: string;
	/** ISO 8601, compared as text. */
	start_time?: string;
	end_time?: string;
	limit: number;
	skip: number;
}

/** A plan that has ended. Times are Unix epoch, ms. */
export interface EndedPlanFigures {
	status: string;
	created_at: number;
	finished_at: number;
}

/** Reads of the audit. Every call throws STORE_UNAVAILABLE when it cannot be asked. */
export interface StoredAudits {
	/** What the policies said, newest first. */
	listAuthorizations(
		query: AuthorizationQuery,
	): Promise<{ total: number; results: Record<string, unknown>[] }>;
	/** Plans that ended at this moment or later, newest first. */
	listEndedPlans(sinceMs: number, limit: number): Promise<EndedPlanFigures[]>;
}
