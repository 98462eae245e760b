import type {
	AuditEventType,
	DriftStatus,
	ModelAlias,
	TrainingTrigger,
} from "../domain/prediction/model-words.ts";
import type {
	TicketFacts,
	TicketPrediction,
} from "../domain/prediction/prediction.ts";
import type { PlanPredictor } from "../plans/predict-plan.ts";

/**
 * Predicts from the champion and the correction that this process has read last: no I/O, some microseconds a
 * ticket, never an error. Without a model, or with one that cannot be used, the answer is the ticket's estimate
 * and says so in `source`. undefined as a whole: predictions are off.
 */
export interface Predictor extends PlanPredictor {
	predict(tickets: readonly TicketFacts[]): TicketPrediction[];
	/** The same for those who only look: it enters no metric. */
	preview(tickets: readonly TicketFacts[]): TicketPrediction[];
	/** false: there is no model yet, and tickets go out by their estimates without being asked about. */
	readonly isReady: boolean;
	/** So many tickets went out like that. */
	countEstimates(tickets: number): void;
	/** Share of the type's own error that the champion makes on what it has not seen, 0 to 1; null: no model. */
	readonly accuracy: number | null;
}

/** The documented names: of durations with their intervals and anomalies, and, in MLflow, of anomalies alone. */
export const DURATION_MODEL = "ticket-duration-predictor";
export const ANOMALY_MODEL = "ticket-anomaly-detector";

/** How a model predicts tickets that ended after those it was trained on. Shares are 0 to 1. */
export interface ModelError {
	tickets: number;
	/** Mean absolute error over the mean duration. */
	mae_share: number;
	/** The same of the median of the type, as far as it was known then. */
	type_median_mae_share: number;
	/** Share of tickets that took no longer than p90; null: it gives no p90. */
	p90_coverage: number | null;
}

export interface BackTestMetrics extends ModelError {
	/** Of the model that was champion then, on the same tickets; null: there was none. */
	champion_mae_share: number | null;
	by_type: Record<string, ModelError>;
}

/** A version of a model: what is written when it is registered never changes, `promotions` grows. */
export interface ModelVersion {
	name: string;
	/** From 1. */
	version: number;
	/** Unix epoch, ms. */
	registered_at: number;
	/** `trained`: by `ml-train-{task queue}-{n}`; `mlflow`: registered there by somebody else. */
	source: "trained" | "mlflow";
	/** `native`: our own plain value; `onnx`: a tree ensemble. */
	format: "native" | "onnx";
	/** Name and version of the features it wants, in their order. */
	feature_schema: string;
	/** null: of a model that came from MLflow. */
	training: {
		/** Of the ended tickets, Unix epoch, ms. */
		from_ms: number;
		to_ms: number;
		/** Tickets found, and those it was trained on: at most 100,000. */
		found: number;
		tickets: number;
		/** SHA-256 of the rows it was trained on. */
		data_hash: string;
		job_id: string;
	} | null;
	/** null: no back-test was possible. */
	metrics: BackTestMetrics | null;
	artifact: { sha256: string; bytes: number };
	/** The version in MLflow; null: it is not there. */
	mlflow: { version: string } | null;
	/** Who made it champion or challenger, and why; oldest first. */
	promotions: { alias: ModelAlias; at: number; by: string; reason: string }[];
}

/** A model with all its versions, newest first. */
export interface RegisteredModel {
	name: string;
	/** Version by alias; null: none. */
	champion: number | null;
	challenger: number | null;
	/** Grows with each change of an alias. */
	revision: number;
	versions: ModelVersion[];
}

export interface ModelChange {
	name: string;
	by: string;
	reason: string;
}

/** Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface ModelRegistry {
	list(): Promise<RegisteredModel[]>;
	/** undefined: there is no such model. */
	read(name: string): Promise<RegisteredModel | undefined>;
	/**
	 * Gives the alias to a version, whatever its metrics: a person decided. Throws MODEL_NOT_FOUND for an unknown
	 * version, MODEL_UNREADABLE when it cannot be loaded, MODEL_CHANGED when another one came first.
	 */
	promote(
		change: ModelChange & { version: number; alias: ModelAlias },
	): Promise<RegisteredModel>;
	/** Makes the former champion the champion. Throws as `promote`; MODEL_NOT_FOUND too when there was none. */
	rollback(change: ModelChange): Promise<RegisteredModel>;
}

export interface TrainingJob {
	/** `ml-train-{task queue}-{n}`, the id of its workflow. */
	job_id: string;
	status: "running" | "completed" | "failed" | "cancelled";
	started_at: number;
	ended_at: number | null;
	trigger: TrainingTrigger;
	by: string;
	result: TrainingResult | null;
	/** null: none. */
	error: string | null;
}

export interface TrainingResult {
	/** `skipped`: too few tickets; `registered`: it is no better, or is watched first; `promoted`: it is champion. */
	outcome: "skipped" | "registered" | "challenger" | "promoted";
	/** One sentence. */
	reason: string;
	/** null: none was registered. */
	version: number | null;
	/** Tickets it was trained on, or that there are. */
	tickets: number;
	metrics: BackTestMetrics | null;
	duration_ms: number;
}

/** Throws TEMPORAL_UNAVAILABLE when Temporal cannot be asked. */
export interface Training {
	/** One runs at a time: while one does, the answer is that one, with `isNew` false. */
	start(request: {
		trigger: TrainingTrigger;
		by: string;
		/** undefined: the setting. */
		windowDays?: number;
	}): Promise<{ job_id: string; isNew: boolean }>;
	/** undefined: there is no such job, or it is forgotten. */
	readJob(jobId: string): Promise<TrainingJob | undefined>;
	/** Newest first. */
	listJobs(limit: number): Promise<TrainingJob[]>;
}

/** How the residuals of a type stand with those at the time of training. */
export interface TypeLearning {
	task_type: string;
	/** Completed attempts with a prediction that were learned from since the champion came. */
	tickets: number;
	/** Of the newest ones: mean absolute error over mean duration; null: none. */
	mae_share: number | null;
	p90_coverage: number | null;
	/** Median of actual / predicted of the window; null: too few. */
	drift_factor: number | null;
	drift: DriftStatus;
	/** Unix epoch, ms; null: it does not drift. */
	drifting_since: number | null;
	/** What to do about it; null: nothing. */
	recommendation: string | null;
	/** Alarms of anomalies that were false, and whether the type has silenced itself. */
	anomaly_alarms: number;
	false_alarms: number;
	anomalies_silenced: boolean;
}

/** What the one learner has written last. */
export interface LearningReport {
	/** `name@version+correction`; null: no model. */
	model: string | null;
	/** Ends that were stored until then have been learned from; null: none yet. */
	watermark_ms: number | null;
	/** When the learner wrote it; null: no learner ever ran. */
	updated_at: number | null;
	/** Attempts that were learned from, and those left out, by why. */
	learned: number;
	skipped: Record<string, number>;
	types: TypeLearning[];
	/** The challenger on the same live tickets; null: there is none. */
	shadow: {
		model: string;
		tickets: number;
		mae_share: number | null;
		champion_mae_share: number | null;
	} | null;
}

export interface LearningState {
	/** Throws STORE_UNAVAILABLE. */
	read(): Promise<LearningReport>;
}

/** An event of `model_audit_log`. */
export interface ModelAuditEvent {
	audit_id: string;
	/** Unix epoch, ms. */
	timestamp: number;
	event_type: AuditEventType;
	model_name: string;
	/** null: of no version. */
	model_version: number | null;
	user_id: string;
	reason: string;
	duration_seconds: number | null;
	environment: string;
	triggered_by: TrainingTrigger;
	event_data: Record<string, unknown>;
}

export interface AuditQuery {
	modelName?: string;
	eventTypes?: readonly AuditEventType[];
	/** Unix epoch, ms. */
	fromMs?: number;
	toMs?: number;
	limit: number;
}

/** Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface ModelAuditLog {
	/** Newest first. */
	list(query: AuditQuery): Promise<ModelAuditEvent[]>;
	read(auditId: string): Promise<ModelAuditEvent | undefined>;
	/** How many there are, by type. */
	count(
		query: Omit<AuditQuery, "limit">,
	): Promise<Partial<Record<AuditEventType, number>>>;
}

/** How this process stands with its model, for `/health/ml` and the metric of each. */
export interface ModelViewState {
	/** `name@version+correction`; null: none. */
	model: string | null;
	/** When the registry was read last, Unix epoch, ms; null: never. */
	readAtMs: number | null;
	/** A version that is champion but does not load, and why; null: none. */
	unreadable: { model: string; reason: string } | null;
}
