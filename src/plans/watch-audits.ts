import type { Log } from "../log.ts";
import { type VerifyAuditDeps, verifyPlan } from "./verify-audit.ts";

export interface AuditWatchDeps extends VerifyAuditDeps {
	/** The newest plans that ended within `[fromMs, toMs)`, by plan id. Throws STORE_UNAVAILABLE. */
	listEnded(fromMs: number, toMs: number, limit: number): Promise<string[]>;
	onVerified(result: "intact" | "discrepancy"): void;
	log: Log;
}

/** The last documents of a plan are stored by then. */
const SETTLED_MS = 30_000;
/** Plans verified in one turn: a share of them when more ended. Each costs two reads. */
const PLANS_A_TURN = 10;

/**
 * Verifies the audit trails of plans soon after their end: by their stored records, and against their runs only
 * where those do not hold. Each turn throws STORE_UNAVAILABLE while MongoDB is away; the next one goes on from
 * the same place.
 */
export function createAuditWatch(deps: AuditWatchDeps, startedMs: number) {
	let doneUpToMs = startedMs - SETTLED_MS;
	const stored = { ...deps, runs: nobody };
	return {
		async turn(nowMs: number): Promise<void> {
			const toMs = nowMs - SETTLED_MS;
			if (toMs <= doneUpToMs) return;
			const planIds = await deps.listEnded(doneUpToMs, toMs, PLANS_A_TURN);
			for (const planId of planIds) {
				const isIntact = (await verifyPlan(stored, planId)).ok;
				const faults = isIntact ? [] : (await verifyPlan(deps, planId)).faults;
				deps.onVerified(faults.length === 0 ? "intact" : "discrepancy");
				for (const fault of faults)
					deps.log.error(fault, "the audit trail of a plan does not hold");
			}
			doneUpToMs = toMs;
		},
	};
}

/** A run costs a query of its workflow, so it is asked only when something seems wrong. */
const nobody: VerifyAuditDeps["runs"] = {
	readRunHead: async () => undefined,
	async *listRunHeads() {},
};
