import { isObject } from "./field-reader.ts";
import type { PlanCommand } from "./plan-run.ts";
import { tenantOf } from "./policy-question.ts";

/** What a stop holds: intake of decisions, or all plans of a domain or a tenant. */
export type StopScope = "intake" | "domain" | "tenant";
export const stopScopes: readonly StopScope[] = ["intake", "domain", "tenant"];

/** A pressed stop button. Times are Unix epoch, ms. */
export interface Stop {
	stop_id: string;
	scope: StopScope;
	/** The domain or the tenant; null: intake. */
	value: string | null;
	actor: string;
	reason: string;
	since: number;
	/** null: it holds. */
	released: { actor: string; reason: string; at: number } | null;
}

/** Which open plans a bulk cancel means; every field that is there must agree. */
export interface BulkFilter {
	status?: string;
	domain?: string;
	tenant?: string;
	risk_band?: string;
	/** Plans that came before, Unix epoch, ms. */
	created_before?: number;
}

/** A cancel of many plans at once. Times are Unix epoch, ms. */
export interface BulkCancel {
	bulk_id: string;
	filter: BulkFilter;
	compensate: boolean;
	actor: string;
	reason: string;
	asked_at: number;
	/** Plans that took the command so far, and plans that refused it. */
	cancelled: number;
	refused: number;
	/** null: it goes on. */
	done_at: number | null;
}

/** The command by which a plan is held; the key makes it take effect once, so a person can let one plan go on. */
export function pauseOf({ stop_id, actor, reason }: Stop): PlanCommand & {
	idempotency_key: string;
} {
	return { actor, reason, idempotency_key: `stop/${stop_id}` };
}

/** The command by which a held plan goes on after the release. */
export function resumeOf({ stop_id, released }: Stop): PlanCommand {
	const { actor, reason } = released ?? { actor: "", reason: "" };
	return { actor, reason, idempotency_key: `release/${stop_id}` };
}

/** The command of a bulk cancel, once for each plan. */
export function cancelOf({
	bulk_id,
	actor,
	reason,
	compensate,
}: BulkCancel): PlanCommand {
	const idempotency_key = `bulk/${bulk_id}`;
	return { actor, reason, idempotency_key, ...(compensate && { compensate }) };
}

/** Whether the stop holds this plan. */
export function holds(
	{ scope, value, released }: Stop,
	plan: { domain: string | null; tenant: string },
): boolean {
	if (released !== null) return false;
	if (scope === "domain") return plan.domain === value;
	return scope === "tenant" && plan.tenant === value;
}

/** Domain and tenant of a plan that is not read yet. */
export function holdersOf(
	metadata: Readonly<Record<string, string>>,
	plan: unknown,
): { domain: string | null; tenant: string } {
	const domain =
		isObject(plan) && typeof plan.original_domain === "string"
			? plan.original_domain
			: null;
	return { domain, tenant: tenantOf(metadata, domain) };
}
