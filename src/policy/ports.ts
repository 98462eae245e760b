import type { PolicyViolation } from "../domain/policy-words.ts";

/** What policies are told of the world beside a plan; null: nobody knows. */
export interface WorkloadFacts {
	/** 0 to 1 or more: how far the places of all workers are taken. */
	current_load: number | null;
	/** Tickets that wait in front of the workers. */
	queue_depth: number | null;
	/** 0 to 1; null while there is no model. */
	model_accuracy: number | null;
}

export interface WorkloadSource {
	/** Never throws; no round trip. */
	read(): Promise<WorkloadFacts>;
}

/** Counts the plans of tenants. */
export interface TenantRequests {
	/** Counts this plan, once, and answers those of the last minute; null when nobody can count. Never throws. */
	count(tenant: string, planId: string): Promise<number | null>;
	/** The same without counting one more. */
	read(tenant: string): Promise<number | null>;
}

/** Collection `authorization_audit`: what policies said about a resource, or about several that they allow. */
export interface AuthorizationRecord {
	/** ISO 8601. */
	timestamp: string;
	user_id: string;
	tenant_id: string;
	resource: {
		type: "plan" | "ticket" | "allocation" | "tickets";
		id: string;
		task_type?: string;
		/** Of `tickets`: how many. */
		count?: number;
	};
	action: "evaluate" | "shadow";
	/** `unchecked`: there was no decision, and OPA_FAIL_OPEN is on. */
	decision: "allow" | "deny" | "unchecked";
	policy_path: string;
	/** What forbids it, or only warns; a difference of the shadow has its own findings. */
	violations: PolicyViolation[];
	context: { workflow_id: string; plan_id: string; correlation_id: string };
	engine: "embedded" | "server";
}

export interface AuthorizationAudit {
	/** Takes records and returns at once; they are written soon. */
	add(records: readonly AuthorizationRecord[]): void;
}

/** Told of everything that a gate decides. */
export interface PolicyObserver {
	decided(facts: {
		policy: string;
		result: "allowed" | "denied" | "unchecked" | "undecided";
		count: number;
	}): void;
	/** Of one question. */
	took(engine: string, batchSize: number, seconds: number): void;
	found(violation: PolicyViolation, effect: "denial" | "warning"): void;
}
