import type { ConsolidatedResult } from "../src/domain/consolidate.ts";
import type { PlanStep } from "../src/domain/documents.ts";
import { createFrame } from "../src/domain/plan-document.ts";
import { closeStep } from "../src/domain/plan-steps.ts";
import { nameUuid } from "../src/domain/ticket-ids.ts";
import { isActivityError, local } from "./activity-proxies.ts";
import { settledHead } from "./audit-trail.ts";
import { slaDeadline } from "./plan-answers.ts";
import {
	beginStep,
	keepDocument,
	labelsOf,
	type PlanRun,
	roundId,
} from "./plan-run.ts";
import { planSink } from "./plan-sinks.ts";

/**
 * C6: the telemetry frame goes out, or is kept in `telemetry_buffer` until Kafka is back. The audit head in
 * it is one that stands for good; the records of the plan's end are covered by the plan document's head.
 */
export async function publishPlanTelemetry(run: PlanRun): Promise<void> {
	// A rerun may come while the frame is on its way.
	const { status, roundStartedAtMs, steps } = run.facts;
	beginStep(run, "C6");
	const frameId = nameUuid(`${roundId(run)}/frame`);
	const frame = createFrame({
		frameId,
		identity: run.identity,
		result: run.facts.result as ConsolidatedResult,
		// The frame is part of C6, so its own step cannot have ended in it.
		steps,
		ticketIds: run.execution?.specs.map(({ ticket_id }) => ticket_id) ?? [],
		slaDeadline: slaDeadline(run),
		auditHead: settledHead(run),
		startedAt: roundStartedAtMs,
		nowMs: Date.now(),
	});
	try {
		await local.publishTelemetry(frame);
		planSink.frame("published");
		endC6(run, steps);
	} catch (error) {
		if (!isActivityError(error)) throw error;
		planSink.frame("buffered");
		planSink.fallback(labelsOf(run), "telemetry");
		keepDocument(run, {
			collection: "telemetry_buffer",
			_id: frameId,
			fields: {
				frame,
				workflow_id: run.identity.workflow_id,
				buffered_at: Date.now(),
				retry_count: 0,
			},
		});
		endC6(run, steps);
	}
	planSink.ended(labelsOf(run), status, Date.now() - roundStartedAtMs);
}

/** Of the round that it belongs to. */
function endC6(run: PlanRun, steps: PlanStep[]): void {
	closeStep(steps, "C6", "completed", Date.now());
	if (steps === run.facts.steps) run.planDirty = true;
}
