import type { Model } from "../domain/prediction/model.ts";
import { LEARNER, type LearnerDeps } from "./learner-deps.ts";
import type { LearningDocument } from "./learning-store.ts";
import { DURATION_MODEL } from "./ports.ts";

/**
 * Starts a training when a type drifts, and when enough tickets have completed since the last one: so many as are set,
 * or as many again as a younger model has learned from. Throws TEMPORAL_UNAVAILABLE, and is tried again.
 */
export async function retrainIfDue(
	{
		store,
		settings,
		startTraining,
		auditLog,
		log,
	}: Pick<
		LearnerDeps,
		"store" | "settings" | "startTraining" | "auditLog" | "log"
	>,
	document: LearningDocument | undefined,
	champion: Model | null,
): Promise<void> {
	if (document === undefined || !settings.retrains) return;
	const due = document.retrain ?? volumeOf(document, settings, champion);
	if (due === null) return;
	const trigger = due.trigger === "drift" ? "drift" : "volume";
	const { job_id, isNew } = await startTraining(trigger);
	// While another one runs, what asked for this one keeps asking.
	if (!isNew) return;
	await store.save({ ...document, retrain: null, since_training: 0 });
	log.info({ job_id, ...due }, "a training begins");
	await auditLog.write({
		audit_id: `${job_id}/${trigger}`,
		...{ event_type: "retraining_triggered", model_name: DURATION_MODEL },
		model_version: champion?.version ?? null,
		...{ user_id: LEARNER, triggered_by: trigger, reason: due.reason },
		event_data: { job_id },
	});
}

function volumeOf(
	{ since_training }: LearningDocument,
	{ volume, minTickets }: LearnerDeps["settings"],
	champion: Model | null,
): LearningDocument["retrain"] {
	const again = Math.max(minTickets, champion?.trained.tickets ?? 0);
	if (since_training < Math.min(volume, again)) return null;
	const reason = `${since_training} tickets have completed since the last training`;
	return { trigger: "volume", reason };
}
