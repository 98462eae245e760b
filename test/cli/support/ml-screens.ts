import { renderExplanation } from "../../../src/cli/render/explanation.ts";
import {
	type DriftAnswer,
	renderDrift,
	renderMlStatus,
} from "../../../src/cli/render/ml.ts";
import {
	renderJob,
	renderModel,
	renderModels,
} from "../../../src/cli/render/models.ts";
import type { Frame } from "../../../src/cli/render/paint.ts";
import { renderReplayedPlan } from "../../../src/cli/render/replayed-plan.ts";
import { renderWeights } from "../../../src/cli/render/weights.ts";
import type { TicketPrediction } from "../../../src/domain/prediction/prediction.ts";
import type {
	ModelVersion,
	TrainingJob,
	TypeLearning,
} from "../../../src/prediction/ports.ts";
import { NOW_MS } from "./samples.ts";

const MODEL = "ticket-duration-predictor";
const metrics: ModelVersion["metrics"] = {
	tickets: 2_400,
	mae_share: 0.344,
	type_median_mae_share: 0.669,
	p90_coverage: 0.903,
	champion_mae_share: 0.361,
	by_type: {},
};
export const sampleVersion: ModelVersion = {
	...{ name: MODEL, version: 4, registered_at: NOW_MS - 3_600_000 },
	...{ source: "trained", format: "native", feature_schema: "ours-1" },
	training: {
		...{ from_ms: NOW_MS - 30 * 86_400_000, to_ms: NOW_MS - 3_700_000 },
		...{ found: 12_040, tickets: 12_040, data_hash: "9f31c2e", job_id: "m" },
	},
	metrics,
	...{ artifact: { sha256: "ab", bytes: 400_000 }, mlflow: null },
	promotions: [
		{
			...{ alias: "champion", at: NOW_MS - 3_500_000 },
			...{ by: "ml-train-7", reason: "34.4 % against 36.1 % of the champion" },
		},
	],
};
const formerVersion: ModelVersion = {
	...{ ...sampleVersion, version: 3, source: "mlflow", format: "onnx" },
	...{ registered_at: NOW_MS - 90_000_000, training: null, promotions: [] },
};
const sampleType: TypeLearning = {
	...{ task_type: "BUILD", tickets: 1_204, mae_share: 0.312 },
	...{ p90_coverage: 0.904, drift_factor: 1.02, drift: "ok" },
	...{ drifting_since: null, recommendation: null },
	...{ anomaly_alarms: 12, false_alarms: 2, anomalies_silenced: false },
};
export const sampleTypes: TypeLearning[] = [
	sampleType,
	{
		...{ ...sampleType, task_type: "QUERY", tickets: 310, mae_share: 0.58 },
		...{ drift_factor: 1.41, drift: "critical", p90_coverage: 0.71 },
		drifting_since: NOW_MS - 7_800_000,
		recommendation:
			"tickets run 41 % longer than foretold: see whether one worker does, else train anew",
		anomalies_silenced: true,
	},
];
const line = {
	...{ name: MODEL, champion: 4, challenger: null, latest_version: 4 },
	...{ metrics, last_updated: NOW_MS - 3_500_000 },
	integration_status: "loaded",
} as const;
const drift: DriftAnswer = {
	...{ overall_status: "critical", model: `${MODEL}@4+128` },
	...{ timestamp: NOW_MS - 4_000, types: sampleTypes, recommendations: [] },
};
export const sampleJob: TrainingJob = {
	...{
		job_id: "ml-train-7",
		status: "completed",
		trigger: "manual",
		by: "ana",
	},
	...{ started_at: NOW_MS - 3_600_000, ended_at: NOW_MS - 3_590_000 },
	result: {
		outcome: "promoted",
		reason:
			"34.4 % against 36.1 % of the champion and 66.9 % of the type median",
		...{ version: 4, tickets: 12_040, metrics, duration_ms: 9_800 },
	},
	error: null,
};
export const samplePrediction: TicketPrediction = {
	...{ duration_ms: 61_000, p10_ms: 42_000, p90_ms: 95_000 },
	duration_confidence: 0.44,
	resource_estimate: { cpu_m: 500, memory_mb: 512 },
	anomaly: {
		...{ is_anomaly: true, anomaly_score: 0.71 },
		anomaly_type: "duration_outlier",
		explanation: "it is estimated at five times what BUILD usually takes",
	},
	...{ model: `${MODEL}@4+128`, source: "model" },
};
const decided = {
	...{ predicted_ms: 61_000, model: `${MODEL}@4+128`, anomaly_type: null },
	...{ priority: 0.62, agent_id: "worker-agents-1", why: "load" },
};

/** Screens about predictions and what they learn from. */
export const mlScreens: Record<string, (frame: Frame) => string[]> = {
	"ml status": (frame) =>
		renderMlStatus(
			{
				models: [line],
				stats: {
					...{ model: `${MODEL}@4+128`, total_predictions: 1_514 },
					...{ duration_mae_pct: 36.7, p90_coverage_pct: 86.4 },
					shadow: {
						...{ model: `${MODEL}@5`, tickets: 812 },
						...{ mae_share: 0.339, champion_mae_share: 0.344 },
					},
				},
				...{ drift, jobs: [sampleJob] },
			},
			frame,
		),
	"ml status (no model yet)": (frame) =>
		renderMlStatus(
			{
				models: [],
				stats: {
					...{ model: null, total_predictions: 0, shadow: null },
					...{ duration_mae_pct: null, p90_coverage_pct: null },
				},
				drift: { ...drift, model: null, timestamp: null, types: [] },
				jobs: [],
			},
			frame,
		),
	"ml models": (frame) => renderModels({ models: [line] }, frame),
	"ml models ticket-duration-predictor": (frame) =>
		renderModel(
			{
				...{ ...line, predictor_version: `${MODEL}@4+128` },
				versions: [sampleVersion, formerVersion],
			},
			frame,
		),
	"ml drift": (frame) => renderDrift(drift, frame),
	"ml train --wait": (frame) => renderJob(sampleJob, frame),
	"ml explain": (frame) =>
		renderExplanation(
			{
				ticket_id: "1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10",
				...{ plan_id: "deploy-42", task_type: "BUILD" },
				...{ recorded: samplePrediction, now: samplePrediction },
				...{ actual_duration_ms: 118_000, estimated_duration_ms: 300_000 },
				proposed_timeout_ms: 190_000,
				effects: [
					{
						...{ fact: "required_capabilities", value: "python, terraform" },
						...{ instead: "none", duration_ms: 48_000 },
					},
					{
						...{ fact: "risk_band", value: "high" },
						...{ instead: "low", duration_ms: 55_000 },
					},
				],
			},
			frame,
		),
	"ml weights": (frame) =>
		renderWeights(
			{
				...{ current: 0.6, tickets: 2_140, plans: 96, proposed: 0.8 },
				reason:
					"with 0.8 tickets would have ended 3.1 % sooner; 210 of 2140 would have gone to somebody else",
				options: [
					{
						...{ agent_weight: 0.4, changed: 180, verdict: "slower" },
						change: { mean: 0.02, low: 0.004, high: 0.041 },
					},
					{
						...{ agent_weight: 0.8, changed: 210, verdict: "faster" },
						change: { mean: -0.031, low: -0.05, high: -0.011 },
					},
					{
						...{ agent_weight: 0.9, changed: 0, verdict: "same" },
						change: null,
					},
				],
			},
			frame,
		),
	"replay --decisions": (frame) =>
		renderReplayedPlan(
			{
				...{ plan_id: "deploy-42", total: 2, workers: 8 },
				policy: {
					...{ outcome: "allowed", denied_tasks: [], plan_from: "tickets" },
				},
				tickets: [
					{
						ticket_id: "1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10",
						...{ task_id: "build", task_type: "BUILD", attempt: 1 },
						...{ got: { ...decided, predicted_ms: 300_000, model: null } },
						today: { ...decided, priority: 0.74, agent_id: "worker-agents-4" },
						actual_duration_ms: 58_000,
						differs: ["prediction", "priority", "worker"],
					},
					{
						ticket_id: "2d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10",
						...{ task_id: "deploy", task_type: "DEPLOY", attempt: 1 },
						...{ got: null, today: decided },
						...{ actual_duration_ms: null, differs: [] },
					},
				],
			},
			frame,
		),
};
