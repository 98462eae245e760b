import {
	condition,
	defineSignal,
	proxyLocalActivities,
	setHandler,
} from "@temporalio/workflow";
import type { CognitivePlan } from "../../schemas/cognitive-plan.ts";
import type { BareSteps } from "./worker.ts";

export interface BareResult {
	ticket_id: string;
	status: string;
}

const steps = proxyLocalActivities<BareSteps>({ startToCloseTimeout: "30s" });
export const bareResults = defineSignal<[BareResult[]]>("results");

/** One plan: validated, its tickets published, its results awaited, its telemetry sent. */
export async function bare(plan: CognitivePlan): Promise<void> {
	const results = new Map<string, BareResult>();
	setHandler(bareResults, (some) => {
		for (const one of some) results.set(one.ticket_id, one);
	});
	const order = await steps.validate(plan);
	await steps.publish(plan, order);
	await condition(() => results.size === order.length);
	const completed = [...results.values()].filter(
		({ status }) => status === "COMPLETED",
	);
	await steps.finish(plan.plan_id, completed.length);
}
