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
import { NOW_MS, sampleLetter } from "./samples.ts";

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
