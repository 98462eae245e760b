import type {
	KnownWorker,
	WorkerDirectory,
	WorkerView,
} from "../../src/plans/worker-directory.ts";

/** A healthy worker with one slot, and what the test says of it. */
export function knownWorker(facts: Partial<KnownWorker>): KnownWorker {
	return {
		agent_id: "worker-1",
		capabilities: [],
		namespace: "default",
		security_level: "INTERNAL",
		status: "HEALTHY",
		slots: 1,
		active_tasks: null,
		telemetry: null,
		kafka_client_id: null,
		registered_at: 0,
		last_seen: 0,
		paused: null,
		...facts,
	};
}

/** A directory that answers with these workers. */
export function workersAre(
	workers: readonly Partial<KnownWorker>[],
	source: WorkerView["source"] = "registry",
): WorkerDirectory {
	const view = { workers: workers.map(knownWorker), source, age_ms: 0 };
	return { view: async () => view };
}
