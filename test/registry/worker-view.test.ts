import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	AgentChange,
	AgentInfo,
} from "../../src/domain/registry/agent.ts";
import type { Pause } from "../../src/domain/registry/paused-share.ts";
import { OrchestratorError } from "../../src/errors.ts";
import {
	openWorkerView,
	type WorkerViewOptions,
} from "../../src/registry/worker-view.ts";
import { registration, telemetry } from "../support/agents-at-work.ts";
import { eventually } from "../support/eventually.ts";
import { silentLog } from "../support/stores.ts";

const away = () => {
	throw new OrchestratorError("WORKERS_UNAVAILABLE", "nobody answers");
};

function agent(agent_id: string, fields: Partial<AgentInfo> = {}): AgentInfo {
	return {
		...registration({ agent_id }),
		registered_at: 1,
		last_seen: 2,
		status: "HEALTHY",
		...fields,
	};
}

/** A registry that the test takes away, a clock that it moves, and the view of both. */
function openWorld(options: Partial<WorkerViewOptions> = {}) {
	const world = {
		nowMs: 0,
		agents: [agent("b"), agent("a")],
		isAway: false,
		lists: 0,
		pauses: new Map<string, Pause>(),
		tell: (_changes: AgentChange[]) => {},
		waited: [] as boolean[],
	};
	const view = openWorkerView({
		registry: {
			async list() {
				world.lists += 1;
				return world.isAway ? away() : world.agents;
			},
			async watch(onChanges, signal) {
				world.tell = onChanges;
				await new Promise((resolve) =>
					signal.addEventListener("abort", resolve),
				);
			},
		},
		pauses: { read: async () => world.pauses },
		isWatched: false,
		freshMs: 10_000,
		lastKnownMs: 60_000,
		metrics: {
			viewed: (_view, hasWaited) => void world.waited.push(hasWaited),
		},
		log: silentLog,
		nowMs: () => world.nowMs,
		...options,
	});
	const look = async () => {
		const { workers, source, age_ms } = await view.view();
		return { ids: workers.map(({ agent_id }) => agent_id), source, age_ms };
	};
	return { world, view, look };
}

test("workerView: the first look asks, the next ones are answered from memory and refresh it behind", async () => {
	const { world, look } = openWorld();
	const first = { ids: ["a", "b"], source: "registry", age_ms: 0 };
	assert.deepEqual(await look(), first);
	world.nowMs = 900;
	assert.deepEqual(await look(), { ...first, age_ms: 900 });
	assert.equal(world.lists, 1);
	world.agents = [agent("c")];
	world.nowMs = 1_000;
	assert.deepEqual(await look(), { ...first, age_ms: 1_000 });
	await eventually(async () => (await look()).ids.join() === "c");
	assert.equal(world.lists, 2);
	assert.deepEqual(world.waited.slice(0, 3), [true, false, false]);
});

test("workerView: while the registry is away the last known view says so and its age, then nothing is known", async () => {
	const { world, look, view } = openWorld();
	await look();
	world.isAway = true;
	world.nowMs = 9_000;
	assert.equal((await look()).source, "registry");
	world.nowMs = 11_000;
	const last = { ids: ["a", "b"], source: "last-known", age_ms: 11_000 };
	assert.deepEqual(await look(), last);
	assert.equal(view.peek().source, "last-known");
	world.nowMs = 61_000;
	assert.deepEqual(await look(), { ids: [], source: "none", age_ms: 61_000 });
	world.isAway = false;
	world.nowMs = 63_000;
	assert.deepEqual(await look(), {
		ids: ["a", "b"],
		source: "registry",
		age_ms: 0,
	});
});

test("workerView: with nobody there from the start it is none, and never throws", async () => {
	const { world, look } = openWorld({ registry: { list: away, watch: away } });
	const none = { ids: [], source: "none", age_ms: 0 };
	assert.deepEqual(await look(), none);
	world.nowMs = 100;
	assert.deepEqual(await look(), none);
});

test("workerView: changes are in it as they come", async (t) => {
	const { world, look, view } = openWorld({ isWatched: true });
	t.after(() => view.close());
	await look();
	const change = (kind: AgentChange["kind"], one: AgentInfo) => ({
		kind,
		agent: one,
		at_ms: 0,
	});
	world.tell([
		change("REGISTERED", agent("c")),
		change("DEREGISTERED", agent("a")),
		change("REGISTERED", agent("scout", { agent_type: "SCOUT" })),
	]);
	assert.deepEqual((await look()).ids, ["b", "c"]);
	world.tell([change("STATUS_CHANGED", agent("b", { status: "UNHEALTHY" }))]);
	const { workers } = view.peek();
	assert.equal(workers[0]?.status, "UNHEALTHY");
	world.nowMs = 4_999;
	await look();
	assert.equal(world.lists, 1);
	world.nowMs = 6_000;
	await eventually(async () => (await look()).age_ms === 0);
	assert.equal(world.lists, 2);
});

test("workerView: a worker as those who choose see it", async () => {
	const { world, view } = openWorld();
	const said = telemetry({ active_tasks: 3, max_concurrent_tasks: 8 });
	const metadata = { kafka_client_id: "k-1", security_level: "SECRET" };
	world.agents = [agent("a", { telemetry: said, metadata })];
	const { workers } = await view.view();
	assert.deepEqual(workers, [
		{
			agent_id: "a",
			capabilities: ["python"],
			namespace: "default",
			security_level: "SECRET",
			status: "HEALTHY",
			slots: 8,
			active_tasks: 3,
			telemetry: {
				success_rate: 1,
				avg_duration_ms: 100,
				total_executions: 100,
			},
			kafka_client_id: "k-1",
			registered_at: 1,
			last_seen: 2,
			paused: null,
		},
	]);
});

test("workerView: who is held back, and with what share, workers and task types", async () => {
	const { world, view } = openWorld();
	const by = { since_ms: 5, actor: "ana", reason: "disk" };
	world.pauses.set("worker:a", { ...by, resumed: null });
	world.pauses.set("task_type:BUILD", { ...by, resumed: null });
	world.pauses.set("worker:b", {
		...by,
		resumed: { at_ms: 0, actor: "ana", reason: "mended", over_ms: 1_000 },
	});
	const { workers, paused_types } = await view.view();
	assert.deepEqual(workers[0]?.paused, { ...by, share: 0 });
	// Its time to resume has passed long ago.
	assert.equal(workers[1]?.paused, null);
	assert.deepEqual(paused_types, { BUILD: { ...by, share: 0 } });
});
