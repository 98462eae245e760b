import type { OrchestrationIncident } from "../../schemas/orchestration-incident.ts";
import { createIncident } from "../domain/incident.ts";
import type { TypeDrift } from "../domain/prediction/drift.ts";
import { type Model, modelTag } from "../domain/prediction/model.ts";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import { recommend } from "./learning-report.ts";
import type { LearningDocument, LearningStore } from "./learning-store.ts";
import type { ModelStore } from "./model-store.ts";
import { DURATION_MODEL } from "./ports.ts";

/** Who the learner is in the audit log. */
export const LEARNER = "orchestrator";

const PUBLISH_MS = 5_000;
/** So many tickets, as a share of what the champion knows, are worth another try while a type drifts. */
const STILL_DRIFTING = 0.1;

/** What the learner acts by. */
export interface FollowUpDeps {
	store: Pick<LearningStore, "save">;
	registry: Pick<ModelStore, "giveAlias">;
	auditLog: Pick<WritableAuditLog, "write">;
	startTraining(
		trigger: "drift" | "volume",
	): Promise<{ job_id: string; isNew: boolean }>;
	publisher: {
		publishIncident(
			incident: OrchestrationIncident,
			bounds: { timeoutMs: number; signal: AbortSignal },
		): Promise<void>;
	};
	settings: {
		retrains: boolean;
		/** So many completed tickets are worth a training. */
		volume: number;
		minTickets: number;
		/** A challenger is watched on so many. */
		shadowTickets: number;
	};
	log: Pick<Log, "info" | "warn">;
}

/** A person should look why a task type takes longer, or shorter, than it did. The same drift is the same incident. */
export async function tellDrift(
	{
		publisher,
		auditLog,
		log,
	}: Pick<FollowUpDeps, "publisher" | "auditLog" | "log">,
	drift: TypeDrift,
	champion: Model | null,
): Promise<void> {
	const model = champion === null ? "" : modelTag(champion);
	log.warn({ ...drift, model }, "durations have left what is foretold");
	const { task_type, percent, since_ms } = drift;
	const reason = recommend(task_type, percent);
	const incident = createIncident(
		{
			...{ plan_id: "", intent_id: "", decision_id: "", correlation_id: "" },
			...{ trace_id: null, span_id: null, orchestrator_version: "V2" },
			workflow_id: `ml-drift/${model}/${task_type}`,
		},
		{
			...{ occasion: String(since_ms), type: "INCONSISTENCY" },
			...{ details: [reason], affectedTickets: [], escalate: false },
			createdAt: since_ms,
			evidence: JSON.stringify({ model, ...drift }),
			action: "see what changed, then train anew: orchestrator ml train",
		},
	);
	await publisher.publishIncident(incident, {
		timeoutMs: PUBLISH_MS,
		signal: AbortSignal.timeout(PUBLISH_MS),
	});
	await auditLog.write({
		audit_id: incident.incident_id,
		...{ event_type: "drift_detected", model_name: DURATION_MODEL },
		model_version: champion?.version ?? null,
		...{ user_id: LEARNER, triggered_by: "drift", reason },
		event_data: { ...drift },
	});
}

/**
 * A challenger that was watched for long enough becomes champion, or is let go: if the aliases still are those of that
 * revision, in which it was read.
 */
export async function settleShadow(
	{
		registry,
		settings,
		log,
	}: Pick<FollowUpDeps, "registry" | "log"> & {
		settings: Pick<FollowUpDeps["settings"], "shadowTickets">;
	},
	{ shadow }: Pick<LearningDocument, "shadow">,
	{ challenger, revision }: { challenger: Model | null; revision: number },
): Promise<void> {
	if (shadow === null || challenger === null) return;
	if (shadow.tickets < settings.shadowTickets) return;
	const percent = (ms: number) =>
		`${((100 * ms) / Math.max(1, shadow.actual_ms)).toFixed(1)} %`;
	const isBetter = shadow.error_ms < shadow.champion_error_ms;
	const reason = `on ${shadow.tickets} live tickets it errs by ${percent(shadow.error_ms)}, the champion by ${percent(shadow.champion_error_ms)}`;
	try {
		await registry.giveAlias({
			...{ name: DURATION_MODEL, by: LEARNER, reason, expected: revision },
			...(isBetter
				? { alias: "champion", version: challenger.version }
				: { alias: "challenger", version: null }),
		});
		log.info(
			{ model: shadow.model, isBetter, reason },
			"a challenger was compared",
		);
	} catch (error) {
		// A person was faster; the next turn sees what stands.
		if (!hasCode(error, "MODEL_CHANGED") && !hasCode(error, "MODEL_UNREADABLE"))
			throw error;
	}
}

/**
 * Starts a training when a type drifts, and when enough tickets have completed since the last one: so many as are set,
 * or as many again as a younger model has learned from; while a type drifts a tenth of them. The training that the alarm
 * began had few tickets of the new times. Throws TEMPORAL_UNAVAILABLE, and is tried again.
 */
export async function retrainIfDue(
	{
		store,
		settings,
		startTraining,
		auditLog,
		log,
	}: Omit<FollowUpDeps, "registry" | "publisher">,
	document: LearningDocument,
	champion: Model | null,
): Promise<void> {
	if (!settings.retrains) return;
	const due = document.retrain ?? dueBy(document, settings, champion);
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

function dueBy(
	{ since_training, drift }: Pick<LearningDocument, "since_training" | "drift">,
	{ volume, minTickets }: FollowUpDeps["settings"],
	champion: Model | null,
): LearningDocument["retrain"] {
	const [drifting] = Object.entries(drift?.types ?? {}).filter(
		([, { drifted }]) => drifted !== null,
	);
	const known = champion?.trained.tickets ?? 0;
	const again = drifting ? STILL_DRIFTING * known : known;
	if (since_training < Math.min(volume, Math.max(minTickets, again)))
		return null;
	const reason = `${since_training} tickets have completed since the last training`;
	return drifting
		? { trigger: "drift", reason: `${drifting[0]} still drifts, and ${reason}` }
		: { trigger: "volume", reason };
}
