import { createFrame } from "../src/domain/plan-document.ts";
import { nameUuid } from "../src/domain/ticket-ids.ts";
import { isActivityError, runLocally } from "./activity-proxies.ts";
import { settledHead } from "./audit-trail.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { promisedSince, slaDeadline } from "./plan-sla.ts";
import { record } from "./record-events.ts";
import { type ConcludedRun, roundId } from "./run-state.ts";

/**
 * C6: publishes the telemetry frame, or keeps it in `telemetry_buffer` until Kafka is back. The frame has an
 * audit head that no retry can change; the plan document's head covers the records of the plan's end.
 */
export async function publishPlanTelemetry(
	run: ConcludedRun,
	flusher: DocumentFlusher,
): Promise<void> {
	// A rerun may come while the frame is being published.
	const { roundStartedAtMs, steps } = run.facts;
	const { slaWarningRatio: ratio } = run.input.settings;
	record(run, { kind: "telemetryStarted" });
	const frame = createFrame({
		frameId: nameUuid(`${roundId(run)}/frame`),
		identity: run.identity,
		result: run.facts.result,
		// The frame is part of C6, so it cannot show the end of C6.
		steps,
		ticketIds: run.execution.specs.map(({ ticket_id }) => ticket_id),
		slaDeadline: slaDeadline(run),
		...(ratio !== undefined && {
			slaWarning: { startedAt: promisedSince(run), ratio },
		}),
		auditHead: settledHead(run),
		startedAt: roundStartedAtMs,
		nowMs: Date.now(),
	});
	try {
		const ended =
			run.facts.hasOneLastWrite &&
			flusher.sendBy((writes) =>
				runLocally(run.turns, "endPlan", { frame, writes }),
			);
		if (ended) {
			const { published_at, is_stored } = await ended;
			record(run, {
				kind: "framePublished",
				steps,
				atMs: published_at,
				isStored: is_stored,
			});
		} else {
			await runLocally(run.turns, "publishTelemetry", frame);
			record(run, { kind: "framePublished", steps });
		}
	} catch (error) {
		if (!isActivityError(error)) throw error;
		record(run, { kind: "frameBuffered", steps, frame });
	}
}
