import type { SlaViolation } from "../../schemas/sla-violation.ts";
import type { RaisedAlerts } from "../domain/sla/decide-alerts.ts";
import type { WatchRules } from "../domain/sla/watch-plan.ts";
import type { Budgets } from "./budgets.ts";
import type { WatchedPlan } from "./store.ts";

/** The ports of the routes of deadlines and error budgets. */
export interface SlaSources {
	budgets: Pick<Budgets, "view">;
	rules: WatchRules;
	/** undefined: there is no such plan. Throws STORE_UNAVAILABLE. */
	readPlan(planId: string): Promise<WatchedPlan | undefined>;
	/** The newest violations of the plan and its tickets. Throws STORE_UNAVAILABLE. */
	listViolations(planId: string): Promise<SlaViolation[]>;
	/** The raised alerts of the plan and its tickets. */
	raisedAlerts(planId: string): Promise<RaisedAlerts>;
}
