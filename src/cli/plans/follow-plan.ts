import { setTimeout as sleep } from "node:timers/promises";
import { isFinalStatus } from "../../domain/plan-run.ts";
import { planPath } from "../api/client.ts";
import { CliError } from "../cli-error.ts";
import type { ExitName } from "../exit-codes.ts";
import type { PlanView } from "../render/plan.ts";
import type { CommandContext } from "../run-command.ts";

const LOOK_INTERVAL_MS = 500;

/** How a program ends whose plan ended so. */
export function exitOfPlan(status: string): ExitName {
	return status === "SUCCESS" ? "ok" : "failed";
}

/**
 * Looks until the plan with this hash is final. Until its first document lands, the service may not know
 * it yet, or show an earlier run under the same id, of a plan that was corrected since.
 */
export async function followPlan(
	{ api, io, progress }: CommandContext,
	planId: string,
	planHash: string | null,
): Promise<PlanView> {
	for (;;) {
		const plan = await api
			.get<PlanView>(planPath(planId))
			.catch((error: unknown) => {
				if (error instanceof CliError && error.exit === "notFound") return;
				throw error;
			});
		const isThis = planHash === null || plan?.plan_hash === planHash;
		if (plan !== undefined && isThis && isFinalStatus(plan.status)) return plan;
		if (plan !== undefined) {
			const { status, tickets_completed: done, tickets_generated: all } = plan;
			progress.say(
				`plan ${planId} is ${status}, ${done} of ${all} tickets done`,
			);
		}
		await sleep(LOOK_INTERVAL_MS, undefined, { signal: io.signal });
	}
}
