import {
	renderPending,
	renderUnmatched,
} from "../../../src/cli/render/approvals.ts";
import { renderAudit } from "../../../src/cli/render/audit.ts";
import { renderConfig } from "../../../src/cli/render/config.ts";
import { renderDeadLetter } from "../../../src/cli/render/dead-letter.ts";
import { renderDeadLetters } from "../../../src/cli/render/dead-letters.ts";
import { renderCheck, renderVerdict } from "../../../src/cli/render/doctor.ts";
import type { Frame } from "../../../src/cli/render/paint.ts";
import { renderReplay } from "../../../src/cli/render/replay.ts";
import { renderTopics } from "../../../src/cli/render/topics.ts";
import {
	renderHeld,
	renderPauses,
	renderWorker,
	renderWorkers,
} from "../../../src/cli/render/workers.ts";
import { NOW_MS, sampleLetter } from "./samples.ts";

const sampleWorker = {
	agent_id: "worker-agents-1",
	status: "HEALTHY",
	capabilities: ["python", "terraform", "deploy"],
	namespace: "default",
	security_level: "INTERNAL",
	slots: 10,
	active_tasks: 4,
	telemetry: {
		success_rate: 0.98,
		avg_duration_ms: 1_200,
		total_executions: 3_120,
	},
	score: 0.84,
	traces: [
		{ kind: "BUILD|go", score: 0.92, pace: 1.31, at_ms: NOW_MS - 20_000 },
	],
	kafka_client_id: "worker-agents-1",
	registered_at: NOW_MS - 86_400_000,
	last_seen: NOW_MS - 2_000,
	paused: null,
};
const samplePause = {
	since_ms: NOW_MS - 600_000,
	actor: "ana",
	reason: "its disk is full",
	share: 0,
};

/** Every other screen, drawn from samples. */
export const otherScreens: Record<string, (frame: Frame) => string[]> = {
	"approvals list": (frame) =>
		renderPending(
			{
				approvals: [
					{
						plan_id: "deploy-42",
						final_decision: "review_required",
						risk_band: "high",
						domain: "TECHNICAL",
						requested_at: NOW_MS - 600_000,
						expires_at: NOW_MS + 7_200_000,
						published_at: null,
						reminders_sent: 1,
						request_error: null,
					},
				],
				next_cursor: null,
			},
			frame,
		),
	"approvals list --state unmatched": (frame) =>
		renderUnmatched(
			{
				approvals: [
					{
						plan_id: "deploy-41",
						decision: "approved",
						approved_by: "ana",
						why: "PLAN_ENDED",
						detail: "the plan is CANCELLED",
						recorded_at: NOW_MS - 600_000,
					},
				],
				next_cursor: null,
			},
			frame,
		),
	"dlq list": (frame) =>
		renderDeadLetters(
			{ dead_letters: [sampleLetter], next_cursor: "WzE3XQ" },
			frame,
		),
	"dlq show": (frame) => renderDeadLetter(sampleLetter, frame),
	"workers list": (frame) =>
		renderWorkers(
			{
				workers: [
					sampleWorker,
					{ ...sampleWorker, agent_id: "worker-agents-2", paused: samplePause },
					{
						...sampleWorker,
						agent_id: "worker-agents-3",
						status: "UNHEALTHY",
						active_tasks: null,
						telemetry: null,
					},
				],
				next_cursor: "WzE3XQ",
				source: "last-known",
				age_ms: 75_000,
			},
			frame,
		),
	"workers get": (frame) =>
		renderWorker(
			{
				...sampleWorker,
				paused: { ...samplePause, share: 0.55 },
				executing: [{ ticket_id: "ticket-9", since_ms: NOW_MS - 65_000 }],
				version: "1.4.0",
				cluster: "eu-1",
				source: "registry",
				age_ms: 0,
			},
			frame,
		),
	"workers pauses": (frame) =>
		renderPauses(
			{
				pauses: [
					{
						kind: "task_type",
						...{ name: "DEPLOY", effect: "what waits" },
						...samplePause,
						resumed: null,
					},
				],
			},
			frame,
		),
	"workers resume": (frame) =>
		renderHeld(
			{
				kind: "worker",
				...{ name: "worker-agents-1", effect: "chosen for nothing more" },
				...samplePause,
				share: 0.1,
				resumed: { at_ms: NOW_MS, over_ms: 300_000 },
			},
			frame,
		),
	"audit verify": (frame) =>
		renderAudit(
			{
				ok: false,
				plans: 12,
				records: 240,
				left_over: 1,
				witnesses: { temporal: null, given: 7, signatures: 12 },
				faults: [
					{
						plan_id: "deploy-42",
						sequence: 7,
						kind: "altered",
						detail: "its content does not give the hash that record 8 names",
					},
				],
			},
			frame,
		),
	"audit verify (sound)": (frame) =>
		renderAudit(
			{
				ok: true,
				plans: 1,
				records: 5,
				left_over: 0,
				witnesses: { temporal: 0, given: 0, signatures: 0 },
				faults: [],
			},
			frame,
		),
	replay: (frame) =>
		renderReplay(
			{
				workflow_id: "orch-deploy-42",
				source: "temporal",
				events: 59,
				is_same: false,
				departure: {
					event_id: 9,
					recorded: "ActivityTaskScheduled publishTickets",
					code: "Timer",
					message:
						"[TMPRL1100] Nondeterminism error: Timer machine does not handle this event: HistoryEvent(id: 9, ActivityTaskScheduled)",
				},
			},
			frame,
		),
	doctor: (frame) => {
		const checks = [
			{ name: "kafka", status: "ok", detail: "3 brokers" },
			{
				name: "temporal namespace",
				status: "warning",
				detail:
					"default keeps closed workflows 24 h: after that only MongoDB tells what became of a plan",
				remedy: "raise the retention to 72 h",
			},
			{
				name: "mongodb",
				status: "failed",
				detail: "nobody answers at 127.0.0.1:27017",
				remedy: "start it, or set MONGODB_URI to where it is",
			},
		] as const;
		return [
			...checks.flatMap((check) => renderCheck(check, frame)),
			"",
			renderVerdict(checks, frame),
		];
	},
	config: (frame) =>
		renderConfig(
			{
				settings: [
					{
						name: "KAFKA_BOOTSTRAP_SERVERS",
						value:
							"kafka-1.example.org:9092,kafka-2.example.org:9092,kafka-3.example.org:9092",
						source: "environment",
						origin: "KAFKA_BOOTSTRAP_SERVERS",
					},
					{
						name: "KAFKA_SASL_PASSWORD",
						value: "***",
						source: "file",
						origin: "KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka",
					},
					{ name: "HTTP_PORT", value: "8080", source: "default", origin: null },
				],
				problems: [
					'MONGODB_URI is "x"; it must be: a MongoDB connection string; for example MONGODB_URI=mongodb://127.0.0.1:27017',
				],
				warnings: [],
			},
			frame,
		),
	"topics check": (frame) =>
		renderTopics(
			{
				brokers: ["127.0.0.1:9092"],
				created: [],
				topics: [
					{
						topic: "plans.consensus",
						state: "there",
						partitions: 6,
						replicas: 3,
						differences: [],
					},
					{
						topic: "execution.tickets",
						state: "different",
						partitions: 3,
						replicas: 3,
						differences: ["partitions 3, not 12"],
					},
					{
						topic: "execution.results",
						state: "missing",
						partitions: null,
						replicas: null,
						differences: [],
					},
				],
			},
			frame,
		),
};
