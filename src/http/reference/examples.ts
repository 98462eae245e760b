export interface OperationExamples {
	/** A body to send. */
	body?: unknown;
	/** A successful answer. */
	answer?: unknown;
}

const planId = "6a1f0b6e-6c53-4f0e-9a3b-2f6f1f4f8f11";
const who = { actor: "ana", reason: "the customer called" };

const commandAnswer = (status: string, outcome: string) => ({
	plan_id: planId,
	status,
	command_id: "2f9c4a36-8f0b-4d43-9d55-4a2f3c6d7e80",
	outcome,
	details: {},
});

const problem = { type: "about:blank", request_id: "3c1d6f1e-0a55-4d0c" };

/** Examples of parameters, by name. */
export const parameterExamples: Record<string, string> = {
	plan_id: planId,
	ticket_id: "1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10",
	id: "plans.consensus.dlq:2:1044",
	workflow_id: `orch-${planId}`,
	agent_id: "worker-agents-7f9c-1",
	rollout: "orchestrator",
	model_name: "ticket-duration-predictor",
	name: "ticket-duration-predictor",
	job_id: "ml-train-orchestration-tasks-7",
	event_type: "model_promoted",
	audit_id: "0b6f5a52-8d0c-4a57-9d0e-2f1c3b7a9e10",
};

/** Examples of failures, by the key of the response. */
export const problemExamples: Record<string, object> = {
	"4xx": {
		...problem,
		title: "Not Found",
		status: 404,
		code: "PLAN_NOT_FOUND",
		detail: `plan ${planId} not found`,
	},
	"5xx": {
		...problem,
		title: "Service Unavailable",
		status: 503,
		code: "TEMPORAL_UNAVAILABLE",
		detail: "temporal did not answer",
	},
};

/** Examples by `operationId`; tests hold them against their schemas. */
export const operationExamples: Record<string, OperationExamples> = {
	getLive: { answer: { status: "live" } },
	submitPlan: {
		body: {
			plan_id: planId,
			intent_id: "7f5ddc29-2b75-4a0f-8a7e-5d5a6f1d2c10",
			risk_band: "low",
			risk_score: 0.2,
			execution_order: ["build", "deploy"],
			tasks: [
				{ task_id: "build", task_type: "BUILD", dependencies: [] },
				{ task_id: "deploy", task_type: "DEPLOY", dependencies: ["build"] },
			],
		},
	},
	cancelPlan: {
		body: { ...who, compensate: true },
		answer: commandAnswer("COMPENSATING", "cancelled"),
	},
	pausePlan: { body: who, answer: commandAnswer("PAUSED", "paused") },
	resumePlan: { body: who, answer: commandAnswer("RUNNING", "resumed") },
	approvePlan: { body: who, answer: commandAnswer("RUNNING", "approved") },
	rejectPlan: { body: who, answer: commandAnswer("REJECTED", "rejected") },
	rerunPlan: { body: { ...who, task_id: "deploy" } },
	priorityPlan: { body: { ...who, priority: "high" } },
	resetCanary: {
		body: { ...who, feature: "embedded_policy", reason: "fixed in 1.5.1" },
	},
	disableCanary: {
		body: { ...who, feature: "embedded_policy", reason: "answers differ" },
	},
	startBlueGreen: {
		body: { ...who, build_id: "1.5.0-9f31c2e", reason: "release 1.5" },
		answer: {
			rollout_id: "orchestrator-mink1x8a",
			strategy: "blueGreen",
			target_build: "1.5.0-9f31c2e",
			dry_run: false,
			phase: "Pending",
			message: "not begun",
			created_at: 1_780_000_000_000,
			ended_at: null,
		},
	},
	cancelWorkflow: {
		body: who,
		answer: {
			workflow_id: `orch-${planId}`,
			...commandAnswer("RUNNING", "nothing more is published"),
		},
	},
	signalWorkflow: {
		body: {
			signal_name: "ticket_completed",
			data: {
				ticket_id: parameterExamples.ticket_id,
				result: { output: { artifact: "s3://builds/42" } },
			},
		},
		answer: {
			workflow_id: `orch-${planId}`,
			signal_name: "ticket_completed",
			status: "accepted",
		},
	},
	getWorkflowStatus: {
		answer: {
			workflow_id: `orch-${planId}`,
			status: "COMPLETED",
			started_at: "2026-11-29T10:00:00.000Z",
			completed_at: "2026-11-29T10:00:13.000Z",
			result: {
				status: "SUCCESS",
				tickets_generated: 4,
				tickets_completed: 4,
				tickets_failed: 0,
			},
			error: null,
			plan_id: planId,
			plan_status: "SUCCESS",
			stage: "completed",
		},
	},
	reportTicketStatus: {
		body: { status: "COMPLETED", actual_duration_ms: 5_200 },
	},
	introspectTicketToken: {
		body: { token: "eyJhbGciOiJFZERTQSJ9.eyJqdGkiOiIxZDFhIn0.c2lnbmF0dXJl" },
		answer: {
			active: true,
			iss: "orchestrator-dynamic",
			aud: "worker-agents",
			jti: parameterExamples.ticket_id,
			plan_id: planId,
			task_id: "build",
			attempt: 1,
			capabilities: ["python"],
			iat: 1_796_000_000,
			exp: 1_796_000_600,
		},
	},
	pauseWorker: {
		body: { ...who, reason: "its disk is full" },
		answer: {
			kind: "worker",
			name: "worker-agents-7f9c-1",
			effect: "chosen for nothing more, under V1 and V2",
			since_ms: 1_796_000_000_000,
			actor: "ana",
			reason: "its disk is full",
			share: 0,
			resumed: null,
		},
	},
	resumeWorker: { body: { ...who, over_seconds: 300 } },
	pauseTaskType: { body: who },
	resumeTaskType: { body: { ...who, over_seconds: 300 } },
	trainModels: {
		body: { ...who, window_days: 90, reason: "new machines" },
		answer: {
			...{
				job_id: "ml-train-orchestration-tasks-7",
				status: "queued",
				is_new: true,
			},
			message: "a training begins",
		},
	},
	promoteModel: {
		body: { ...who, version: 4, stage: "Production", reason: "a day better" },
		answer: {
			...{ model_name: "ticket-duration-predictor", version: 4 },
			...{ requested_stage: "Production", current_stage: "Production" },
			status: "promoted",
		},
	},
	rollbackModel: { body: { ...who, reason: "estimates are off" } },
	getMlHealth: {
		answer: {
			status: "healthy",
			predictors: {
				scheduling_predictor: {
					loaded: true,
					model_version: "ticket-duration-predictor@4+128",
				},
			},
			read_at: 1_796_000_000_000,
		},
	},
	setVersionSplit: {
		body: {
			expected_revision: 3,
			percentage: 25,
			...who,
			reason: "quiet week",
		},
	},
	startRollout: {
		body: {
			...{ ...who, reason: "release 9" },
			deployment: "orchestrator",
			target: { buildId: "9f31c2e" },
			steps: [
				{ smoke: { plans: ["linear", "diamond"] } },
				{ ramp: 5, soak: "10m", minSample: 30 },
				{ ramp: 25, soak: "20m", minSample: 100 },
				{ promote: {} },
				{ verify: { holdback: 5, for: "30m" } },
			],
		},
	},
	commandRollout: { body: { ...who, verb: "setWeight", weight: 10 } },
	panicRollout: { body: { ...who, reason: "all plans fail" } },
	redriveDeadLetter: { body: who },
	redriveDeadLetters: { body: { ...who, filter: {}, rate_per_second: 10 } },
	discardDeadLetter: { body: { ...who, reason: "sent by mistake" } },
};
