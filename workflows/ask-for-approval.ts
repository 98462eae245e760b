import { CancellationScope, isCancellation } from "@temporalio/workflow";
import type { ApprovalRequest } from "../schemas/approval-request.ts";
import { createApprovalRequest } from "../src/domain/approval-request.ts";
import type { ApprovalWait } from "../src/domain/approvals.ts";
import { isActivityError, runDurably } from "./activity-proxies.ts";
import { record } from "./record-events.ts";
import {
	chainId,
	notify,
	type PlanRun,
	type ValidatedRun,
} from "./run-state.ts";

/** Each reminder makes the history longer; after these the plan waits without reminders until it expires. */
const MAX_REMINDERS = 500;

/** Reminders whose times are kept. */
const MAX_KEPT_REMINDERS = 50;

/** Publishes the request for approval on Kafka, again at every interval; nothing waits for the publication. */
export interface Asking {
	/** Publishes the request that is due, unless one is on its way. */
	keepUp(): void;
	/** When the next request is due, Unix epoch, ms; Infinity while one is on its way, and after the last. */
	dueAtMs(): number;
	/** Gives up the request on its way, because there is an answer. */
	stop(): void;
}

/** While Kafka is away, the request waits in a durable activity. */
export function createAsking(run: ValidatedRun, wait: ApprovalWait): Asking {
	let scope: CancellationScope | undefined;
	// A run before may have asked already.
	let given = wait.published_at === null ? 0 : wait.reminders_sent + 1;

	function dueAtMs(): number {
		if (scope !== undefined || wait.request_error !== null) return Infinity;
		if (given === 0) return wait.requested_at;
		const { approvalReminderIntervalMs } = run.input.settings;
		const isSilent = !(approvalReminderIntervalMs > 0);
		if (isSilent || given > MAX_REMINDERS) return Infinity;
		const lastAtMs = wait.last_reminder_at ?? wait.published_at ?? 0;
		return lastAtMs + approvalReminderIntervalMs;
	}

	function keepUp(): void {
		if (Date.now() < dueAtMs()) return;
		const reminder = given;
		given += 1;
		const own = new CancellationScope({ cancellable: true });
		scope = own;
		own
			.run(() => publish(run, requestOf(run, wait, reminder)))
			.then(
				() => notePublished(wait, reminder),
				(error: unknown) => {
					if (isCancellation(error)) return;
					if (!isActivityError(error)) throw error;
					// The brokers will never take the request; commands still work, and the query `why` says so.
					wait.request_error = error.cause?.message ?? error.message;
				},
			)
			.finally(() => {
				scope = undefined;
				record(run, { kind: "approvalRequestSettled" });
				notify(run);
			});
	}

	return { keepUp, dueAtMs, stop: () => scope?.cancel() };
}

async function publish(run: PlanRun, request: ApprovalRequest): Promise<void> {
	await runDurably(run.turns, "publishApprovalRequest", request, () =>
		record(run, { kind: "waitStarted", target: "kafka" }),
	);
}

function notePublished(wait: ApprovalWait, reminder: number): void {
	if (reminder === 0) wait.published_at = Date.now();
	else {
		wait.reminders_sent = reminder;
		wait.last_reminder_at = Date.now();
		wait.reminded_at = [
			...(wait.reminded_at ?? []),
			wait.last_reminder_at,
		].slice(-MAX_KEPT_REMINDERS);
	}
}

function requestOf(
	run: ValidatedRun,
	{ expires_at }: ApprovalWait,
	reminder: number,
): ApprovalRequest {
	return createApprovalRequest({
		chain: chainId(),
		identity: run.identity,
		decision: run.input.decision,
		plan: run.plan,
		published: run.input.plan,
		planHash: run.facts.planHash ?? "",
		expiresAt: expires_at,
		reminder,
		nowMs: Date.now(),
	});
}
