import { patched, workflowInfo } from "@temporalio/workflow";
import { cutText } from "../src/domain/cut-text.ts";
import { planOrder, readyOrder } from "../src/domain/execution/ready-order.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import { goOnAllAtOnce } from "../src/domain/execution/transitions.ts";
import type { OrchestratorVersion } from "../src/domain/plan-run.ts";
import { record } from "./record-events.ts";
import type { PlanRun, PreparedRun } from "./run-state.ts";

const MAX_REASON = 300;

/**
 * The order in which tickets go out. When V2's own order fails, the plan goes on in V1's, for good and for the
 * tickets that are not published: the failure is V2's, whoever finishes. The switch stands in the history, so
 * that a build without the fault replays it too.
 */
export function orderOf(run: PreparedRun, execution: Execution): number[] {
	const { dispatch, compensation } = execution.rules;
	if (dispatch !== "as-ready" || compensation) return readyOrder(execution);
	run.ordersAsked += 1;
	const mark = `14-fallback-${run.ordersAsked}`;
	const { isReplaying } = workflowInfo().unsafe;
	const hadFailed = isReplaying && patched(mark);
	try {
		const order = readyOrder(execution);
		if (!hadFailed) return order;
		fallBack(run, execution, "it failed when this was first run");
	} catch (error) {
		patched(mark);
		fallBack(run, execution, textOf(error));
	}
	return planOrder(execution);
}

/** Whose rules tickets go out by: workers wait for dependencies under V1 alone. */
export function versionNow({ facts, input }: PlanRun): OrchestratorVersion {
	return facts.fallback === undefined ? input.orchestrator_version : "V1";
}

function fallBack(run: PreparedRun, execution: Execution, why: string): void {
	const reason = `V2 cannot order the tickets: ${why}`;
	run.facts.fallback = { at: Date.now(), reason };
	goOnAllAtOnce(execution);
	record(run, { kind: "versionFellBack", reason });
}

function textOf(error: unknown): string {
	const text = error instanceof Error ? error.message : String(error);
	return cutText(text, MAX_REASON);
}
