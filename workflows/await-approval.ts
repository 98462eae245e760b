import { condition } from "@temporalio/workflow";
import { needsApproval } from "../src/domain/read-decision.ts";
import { createArmedTimer } from "./armed-timer.ts";
import type { DocumentWriter } from "./document-writer.ts";
import { type PlanRun, setStatus, wake } from "./plan-run.ts";

/**
 * Waits for a person where one is needed: until the plan's `valid_until`, else the decision's, else the
 * setting. Answers whether the plan may go on; if not, its status says why.
 */
export async function awaitApproval(
	run: PlanRun,
	writer: DocumentWriter,
): Promise<boolean> {
	const { facts, input } = run;
	if (needsApproval(input.decision, input.plan)) {
		const nowMs = Date.now();
		const untilMs =
			run.plan?.valid_until ??
			input.decision.valid_until ??
			nowMs + input.settings.approvalTimeoutMs;
		facts.limitAtMs = untilMs;
		setStatus(run, "AWAITING_APPROVAL");
		await waitUntil(run, writer, untilMs);
		if (!isApproved(run)) return false;
	}
	if (endIfCancelled(run)) return false;
	facts.limitAtMs = Date.now() + input.settings.planMaxDurationMs;
	return true;
}

async function waitUntil(
	run: PlanRun,
	writer: DocumentWriter,
	untilMs: number,
): Promise<void> {
	const timer = createArmedTimer(() => wake(run));
	timer.arm(untilMs);
	while (
		run.approval === undefined &&
		run.facts.cancel === null &&
		Date.now() < untilMs
	) {
		const seen = run.pulse;
		writer.kick();
		await condition(() => run.pulse !== seen);
	}
}

function isApproved(run: PlanRun): boolean {
	const { approval, facts } = run;
	if (endIfCancelled(run)) return false;
	if (approval?.granted) return true;
	facts.errorMessage =
		approval === undefined
			? "nobody approved the plan in time"
			: `rejected by ${approval.command.actor}: ${approval.command.reason}`;
	setStatus(run, approval === undefined ? "EXPIRED" : "REJECTED");
	return false;
}

/** A cancel before anything was published ends the plan at once. */
export function endIfCancelled(run: PlanRun): boolean {
	const { cancel } = run.facts;
	if (cancel === null) return false;
	run.facts.errorMessage = `cancelled by ${cancel.actor}: ${cancel.reason}`;
	setStatus(run, "CANCELLED");
	return true;
}
