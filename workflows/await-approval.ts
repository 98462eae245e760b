import { condition } from "@temporalio/workflow";
import type { ApprovalWait } from "../src/domain/approvals.ts";
import { needsApproval } from "../src/domain/read-decision.ts";
import { waitAfterApproval } from "./accepted-task.ts";
import { createArmedTimer } from "./armed-timer.ts";
import { createAsking } from "./ask-for-approval.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { moveStatus } from "./move-status.ts";
import { notify, type PlanRun, type ValidatedRun } from "./run-state.ts";

/**
 * Asks a person where one is needed and waits: until the plan's `valid_until`, else the decision's, else the
 * setting. Returns whether the plan may go on; if not, its status says why. A fresh run continues the wait.
 */
export async function awaitApproval(
	run: ValidatedRun,
	flusher: DocumentFlusher,
	yields: () => boolean,
): Promise<boolean | "yielded"> {
	const { facts, input } = run;
	if (needsApproval(input.decision, input.plan)) {
		const wait = facts.approvalWait ?? openWait(run);
		facts.approvalWait = wait;
		facts.limitAtMs = wait.expires_at;
		moveStatus(run, "approvalAsked", "AWAITING_APPROVAL");
		const isYielding = () => !isAnswered(run, wait) && yields();
		await waitForAnswer(run, flusher, wait, isYielding);
		if (isYielding()) return "yielded";
		if (!isApproved(run)) return false;
		await waitAfterApproval();
	}
	if (endIfCancelled(run)) return false;
	facts.limitAtMs = Date.now() + input.settings.planMaxDurationMs;
	return true;
}

function openWait({ plan, input }: ValidatedRun): ApprovalWait {
	const nowMs = Date.now();
	return {
		requested_at: nowMs,
		expires_at:
			plan.valid_until ??
			input.decision.valid_until ??
			nowMs + input.settings.approvalTimeoutMs,
		published_at: null,
		reminders_sent: 0,
		last_reminder_at: null,
		request_error: null,
	};
}

async function waitForAnswer(
	run: ValidatedRun,
	flusher: DocumentFlusher,
	wait: ApprovalWait,
	isYielding: () => boolean,
): Promise<void> {
	const timer = createArmedTimer(() => notify(run));
	const asking = createAsking(run, wait);
	while (!isAnswered(run, wait) && !isYielding()) {
		const seen = run.version;
		flusher.sendChanges();
		asking.keepUp();
		timer.arm(Math.min(wait.expires_at, asking.dueAtMs()));
		await condition(() => run.version !== seen);
	}
	asking.stop();
}

/** True also when a cancel or the deadline has made an answer useless. */
function isAnswered({ approval, facts }: PlanRun, wait: ApprovalWait): boolean {
	return (
		approval !== undefined ||
		facts.cancel !== null ||
		Date.now() >= wait.expires_at
	);
}

function isApproved(run: PlanRun): boolean {
	const { approval, facts } = run;
	if (endIfCancelled(run)) return false;
	if (approval?.granted) return true;
	facts.errorMessage =
		approval === undefined
			? "timeout: nobody approved the plan in time"
			: `rejected by ${approval.command.actor}: ${approval.command.reason}`;
	if (approval === undefined) moveStatus(run, "expired", "EXPIRED");
	else moveStatus(run, "rejected", "REJECTED");
	return false;
}

/** Before anything is published, a cancel ends the plan at once. */
export function endIfCancelled(run: PlanRun): boolean {
	const { cancel } = run.facts;
	if (cancel === null) return false;
	run.facts.errorMessage = `cancelled by ${cancel.actor}: ${cancel.reason}`;
	moveStatus(run, "withdrawn", "CANCELLED");
	return true;
}
