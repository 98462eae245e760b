import { summarizeOpenPlans } from "../domain/open-plans.ts";
import { hasCode } from "../errors.ts";
import { createAuditWatch } from "../plans/watch-audits.ts";
import { createAuditTrailReader } from "../storage/audit-trail-reader.ts";
import { createStateOfPlans } from "../storage/state-of-plans.ts";
import { showOpenPlans } from "../telemetry/show-open-plans.ts";
import { planWorkflowId } from "../temporal/workflow-ids.ts";
import { headSignatures } from "./open-documents.ts";
import type { Parts } from "./parts.ts";
import { repeatTurns } from "./repeat-turns.ts";

/** Between two readings of what is stored. */
const PAUSE_MS = 10_000;

/**
 * Role `worker`: shows what is stored, as gauges, and verifies audit trails. Every process of the role shows the
 * same, so that none is missed when one stops.
 */
export async function showState(parts: Parts): Promise<void> {
	const { config, mongo, metrics, log, plans, workers } = parts;
	const state = createStateOfPlans(mongo);
	const audits = createAuditWatch(
		{
			trails: createAuditTrailReader(mongo, planWorkflowId),
			runs: plans,
			verifier: headSignatures(config),
			listEnded: state.listEnded,
			onVerified: (result) => metrics.auditVerifications.inc({ result }),
			log,
		},
		Date.now(),
	);
	await repeatTurns(parts, {
		name: "state gauges",
		async turn() {
			// Counts them: between plans nobody else looks.
			await workers.view();
			try {
				const nowMs = Date.now();
				const open = await state.countOpen();
				showOpenPlans(metrics, summarizeOpenPlans(open, nowMs));
				const frames = await state.countBufferedFrames();
				metrics.telemetryBufferSize.set(frames);
				await audits.turn(nowMs);
			} catch (error) {
				// What was shown last stays: orchestration_store_away says that it is old.
				if (!hasCode(error, "STORE_UNAVAILABLE")) throw error;
				log.debug({ error }, "the state of the plans is not known");
			}
		},
		pauseMs: PAUSE_MS,
	});
}
