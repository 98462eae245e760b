import { patched } from "@temporalio/workflow";
import {
	type ClosedPlan,
	resultOfClosed,
	startOf,
} from "../src/domain/ended-plan-result.ts";
import {
	closeEndedPlan as closingOf,
	type EndedRun,
	type LastWords,
	type PlanClosing,
} from "../src/domain/ended-run.ts";
import { SERVICE_ACTOR } from "../src/domain/origin.ts";
import { cutForPayload } from "../src/domain/payload-limits.ts";
import { durable, durableFor, isActivityError } from "./activity-proxies.ts";
import type { PlanEnd } from "./plan-sinks.ts";
import { recordClosing } from "./record-events.ts";

/** Time to ask the ended run for its last state; after that the state in MongoDB must do. */
const ASK_MS = 60_000;

/**
 * Closes the plan of a run that was ended from outside: document, audit record, tickets, result, frame,
 * incident. Each run has one such workflow, so it happens once however many callers ask; null when there was
 * nothing to close.
 */
export async function closeEndedPlan(
	ended: EndedRun,
	askMs: number = ASK_MS,
): Promise<PlanClosing | null> {
	const asked = await askRun(ended, askMs);
	if (asked === undefined) return null;
	// Closings that an earlier build began go on without.
	if (patched("14-outcome")) {
		const outcome = asked.words?.outcome ?? null;
		await durable.recordOutcome({ ended, outcome });
	}
	const stored = await durable.readStoredPlan(ended.plan_id);
	const nowMs = Date.now();
	const { words } = asked;
	const work = closingOf({ ended, words, stored, actor: SERVICE_ACTOR, nowMs });
	if (work === undefined) return null;
	const { closing, revision } = work;
	for (const writes of cutForPayload(work.writes))
		await durable.writeDocuments(writes);
	const affected = await durable.closeOpenTickets({
		plan_id: ended.plan_id,
		revision,
		reason: `the plan was closed as ${closing.status}: ${closing.reason}`,
		ended_at: ended.ended_at,
		at: nowMs,
	});
	recordClosing({
		kind: "runEnded",
		labels: work.labels,
		ending: ended.ending,
		planId: ended.plan_id,
		end: endOf(work.closed, closing),
	});
	await tellResult(work.closed);
	await durable.publishIncident(work.incident(affected));
	return closing;
}

/** The end that the run did not come to tell of; undefined when it did. */
function endOf(
	{ plan, wasDone }: ClosedPlan,
	{ status, finished_at }: PlanClosing,
): PlanEnd | undefined {
	if (wasDone) return undefined;
	return { status, durationMs: Math.max(0, finished_at - startOf(plan)) };
}

/** Writes the result and the frame that C5 and C6 would have made. */
async function tellResult(closed: ClosedPlan): Promise<void> {
	if (closed.plan.tickets_generated === 0) return;
	const summary = await durable.summarizeTickets(closed.plan.plan_id);
	const told = resultOfClosed(closed, summary);
	if (told === undefined) return;
	await durable.writeDocuments([told.write]);
	if (told.frame === undefined) return;
	await durable.publishTelemetry(told.frame);
	recordClosing({ kind: "framePublished" });
}

/** Returns undefined when the plan has a newer run, which goes on in its place. */
async function askRun(
	ended: EndedRun,
	askMs: number,
): Promise<{ words: LastWords | null } | undefined> {
	try {
		return await durableFor(askMs).readLastWords(ended);
	} catch (error) {
		if (isActivityError(error)) return { words: null };
		throw error;
	}
}
