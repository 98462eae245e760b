import { whileHeartbeating } from "./heartbeat.ts";

export interface PlanLedger {
	/** The plan as the ledger has it; undefined when it has none. Throws STORE_UNAVAILABLE. */
	readPlan(planId: string): Promise<unknown>;
}

export function createReadLedger({ ledger }: { ledger: PlanLedger }) {
	/** C1, when the decision carries no plan. Safe to retry: reads only. Answers null when the ledger has none. */
	return async function readLedger(planId: string): Promise<unknown> {
		return (await whileHeartbeating(() => ledger.readPlan(planId))) ?? null;
	};
}
