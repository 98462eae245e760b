import type { DeadLetterSources } from "../../src/dead-letters/ports.ts";
import { startSplit } from "../../src/domain/choose-version.ts";
import { createRedact } from "../../src/domain/redact.ts";
import { OrchestratorError } from "../../src/errors.ts";
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
	readAgent: async () => undefined,
	pauses: {
		read: async () => new Map(),
		pause: async (_subject, by) => ({ since_ms: 1, ...by, resumed: null }),
		resume: async ({ name }) => {
			throw new OrchestratorError("COMMAND_REFUSED", `${name} is not paused`);
		},
	},
};
