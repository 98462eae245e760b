import type { EndedRun } from "../src/domain/ended-run.ts";
import { revisionText } from "../src/domain/revision.ts";
import type { PlanOutcome } from "../src/domain/rollout/outcome.ts";
import {
	endedOutcome,
	PLAN_OUTCOMES,
} from "../src/domain/rollout/plan-outcome.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import type { OrphanDeps } from "./watch-orphans.ts";
import { type DocumentWriter, withMoment } from "./write-documents.ts";

export interface OutcomeOfEnded {
	ended: EndedRun;
	/** As the run knew it; null: it did not come to that, or cannot be asked. */
	outcome: PlanOutcome | null;
}

export function createRecordOutcome({
	runs,
	documents,
}: OrphanDeps & { documents: DocumentWriter }) {
	/**
	 * Stores how the plan of a run that was ended from outside ended, unless that is stored. Safe to retry: an
	 * outcome that is there is never changed.
	 */
	return async function recordOutcome({
		ended,
		outcome: known,
	}: OutcomeOfEnded): Promise<void> {
		await whileHeartbeating(async () => {
			const start = known === null ? await runs.readStart(ended) : undefined;
			const outcome = known ?? (start && endedOutcome(ended, start));
			// Temporal has forgotten the run, so it ended long ago.
			if (outcome === undefined) return;
			const { run_id: _id } = outcome;
			const revision = revisionText(0);
			const fields = { ...outcome };
			const at = { collection: PLAN_OUTCOMES, _id, revision, isNew: true };
			await documents.write([withMoment({ ...at, fields })]);
		});
	};
}
