import type { DeadLetterSources } from "../../src/dead-letters/ports.ts";
import type { DeploySources } from "../../src/deploy/routes.ts";
import { startSplit } from "../../src/domain/choose-version.ts";
import { createRedact } from "../../src/domain/redact.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { FeatureSources } from "../../src/features/ports.ts";
import type { WorkerSources } from "../../src/registry/ports.ts";
import type { RoutingSources } from "../../src/rollout/routing-sources.ts";
import type { SlaSources } from "../../src/sla/ports.ts";
import type { StopSources } from "../../src/stops/ports.ts";

const temporalAway = async (): Promise<never> => {
	throw new OrchestratorError(
		"TEMPORAL_UNAVAILABLE",
		"temporal did not answer",
	);
};

export const emptyLetters: DeadLetterSources = {
	stored: {
		list: async () => [],
		read: async () => undefined,
		discard: async () => false,
	},
	redrives: {
		isStarted: temporalAway,
		start: temporalAway,
		outcome: temporalAway,
		read: async () => undefined,
		stop: async () => false,
	},
	decode: async (bytes) => JSON.parse(bytes.toString()) as unknown,
	redact: createRedact(["*password*"]),
};

export const emptyStops: StopSources["store"] = {
	readStops: async () => [],
	press: async (stop) => stop,
	release: async () => undefined,
	preview: async () => ({ count: 0, plan_ids: [] }),
	keepBulk: async () => undefined,
	readBulk: async () => undefined,
};

export const emptySla: SlaSources = {
	budgets: {
		view: async () => ({
			source: "own-results",
			read_at: 1,
			reading: { budgets: [], burning: [] },
			error: null,
		}),
	},
	rules: { warningRatio: 0.8, intervalMs: 30_000 },
	readPlan: async () => undefined,
	listViolations: async () => [],
	raisedAlerts: async () => ({}),
};

/** Nobody has set the split, and no plan has ended. */
export const emptyRouting: RoutingSources = {
	store: {
		readAll: async () => ({}),
		readFormer: async () => [],
		change: async ({ subject, body, expected, nowMs, actor, reason }) => ({
			...{ _id: subject, revision: expected + 1, changed_at: nowMs },
			...{ actor, reason, body },
		}),
	},
	view: {
		peek: () => ({ documents: {}, readAtMs: null }),
		refresh: async () => {},
	},
	start: startSplit({ v2Enabled: true, v2Percentage: 0 }),
	outcomes: {
		readWindow: async () => ({ outcomes: [], isCut: false }),
		countSince: async () => ({ V1: 0, V2: 0 }),
	},
	countOpen: async () => 0,
	builds: () => undefined,
};

/** A registry that knows nobody, and holds nobody back. */
export const emptyWorkers: WorkerSources = {
	readView: async () => ({ workers: [], source: "registry", age_ms: 0 }),
	readTraces: async () => undefined,
	readAgent: async () => undefined,
	pauses: {
		read: async () => new Map(),
		pause: async (_subject, by) => ({ since_ms: 1, ...by, resumed: null }),
		resume: async ({ name }) => {
			throw new OrchestratorError("COMMAND_REFUSED", `${name} is not paused`);
		},
	},
};

/** A release that has not begun. */
export const release = {
	rollout_id: "orchestrator-1",
	strategy: "blueGreen",
	target_build: "2",
	dry_run: false,
	phase: "Pending",
	message: "not begun",
	created_at: 1,
	ended_at: null,
};

/** One instance, and a controller that takes every release. */
export const emptyDeploy: DeploySources = {
	status: async () => ({
		mode: "single",
		emergency: false,
		auto_switch_on_health: true,
		version: "1.0.0",
		build_id: "1.0.0",
		deployment: null,
		variant: null,
		active_side: null,
		active_port: null,
		staging_port: null,
		health_score: null,
		instances: [],
		release: null,
		notes: [],
		disabled_features: [],
	}),
	blueGreen: async ({ build_id: target_build, dry_run }) => ({
		...{ ...release, target_build, dry_run },
	}),
};

const noCalls = { calls: 0, failures: 0, error_rate: null, mean_ms: null };

/** No feature is in a canary. */
export const emptyFeatures: FeatureSources = {
	report: async (window_hours) => ({
		...{ window_hours, from: 0, enabled: false, percentage: 0.2 },
		...{ error_rate_threshold: 0.15, min_calls: 50, features: [] },
	}),
	reset: async (feature) => ({
		...{ feature, disabled: null, resets: 1 },
		...{ canary: noCalls, stable: noCalls },
	}),
	disable: async (feature, { actor: by, reason }) => ({
		...{ feature, resets: 0, canary: noCalls, stable: noCalls },
		disabled: { at: 1, calls: 0, failures: 0, by, reason },
	}),
};
