import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { type TestContext, test } from "node:test";
import { createPauses } from "../../src/registry/pauses.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { workerSources } from "../../src/registry/sources.ts";
import { openWorkerView } from "../../src/registry/worker-view.ts";
import { registration, telemetry } from "../support/agents-at-work.ts";
import { openHttp } from "../support/http.ts";
import { openRedis, silentLog } from "../support/stores.ts";

const who = { actor: "ana", reason: "its disk is full" };

/** The routes on a real registry of the test's own. */
async function openRoutes(t: TestContext, options: { node?: string } = {}) {
	const { redis } = openRedis(t, options);
	const space = `test-${randomUUID()}`;
	const registry = createRedisRegistry(redis, { leaseMs: 15_000, space });
	const pauses = createPauses(redis, { space });
	const workers = openWorkerView({
		registry,
		pauses,
		isWatched: false,
		freshMs: 10_000,
		lastKnownMs: 60_000,
		metrics: { viewed: () => {} },
		log: silentLog,
	});
	const sources = workerSources({
		...{ registry, pauses, workers, log: silentLog },
		readTraces: async () => new Map(),
	});
	const { app } = await openHttp(t, { workers: sources });
	const get = async (url: string) => {
		const answer = await app.inject(`/api/v1${url}`);
		return { status: answer.statusCode, body: answer.json() };
	};
	const post = async (url: string, body: object) => {
		const url_ = `/api/v1${url}`;
		const answer = await app.inject({ method: "POST", url: url_, body });
		return { status: answer.statusCode, body: answer.json() };
	};
	return { app, registry, get, post };
}

test("GET /workers: pages by id, by status and by capability", async (t) => {
	const { registry, get } = await openRoutes(t);
	for (const agent_id of ["c", "a", "b"])
		await registry.register(
			registration({ agent_id, capabilities: ["python", `only-${agent_id}`] }),
		);
	const first = await get("/workers?limit=2");
	assert.equal(first.status, 200);
	const ids = (body: { workers: { agent_id: string }[] }) =>
		body.workers.map(({ agent_id }) => agent_id);
	assert.deepEqual(ids(first.body), ["a", "b"]);
	assert.equal(first.body.source, "registry");
	const next = await get(`/workers?limit=2&cursor=${first.body.next_cursor}`);
	assert.deepEqual(ids(next.body), ["c"]);
	assert.equal(next.body.next_cursor, null);
	assert.deepEqual(ids((await get("/workers?capability=only-b")).body), ["b"]);
	assert.deepEqual(ids((await get("/workers?status=UNHEALTHY")).body), []);
	for (const query of ["cursor=x", "status=well", "limit=0", "other=1"])
		assert.equal((await get(`/workers?${query}`)).status, 400, query);
});

test("GET /workers/:agent_id: load, telemetry, and what it works on since when", async (t) => {
	const { registry, get } = await openRoutes(t);
	const executing = [{ ticket_id: "t-1", since_ms: 5 }];
	const metadata = { executing: JSON.stringify(executing) };
	const said = telemetry({ active_tasks: 1, max_concurrent_tasks: 4 });
	await registry.register(registration({ telemetry: said, metadata }));
	const { status, body } = await get("/workers/agent-1");
	assert.equal(status, 200);
	assert.deepEqual(body.executing, executing);
	assert.deepEqual([body.active_tasks, body.slots], [1, 4]);
	assert.equal(body.status, "HEALTHY");
	const missing = await get("/workers/agent-2");
	assert.equal(missing.status, 404);
	assert.equal(missing.body.code, "WORKER_NOT_FOUND");
	assert.equal((await get("/workers/%0a")).status, 400);
});

test("GET /workers/:agent_id: what an agent says of its work is not trusted", async (t) => {
	const { registry, get } = await openRoutes(t);
	const said = ["", "{", "7", '[{"ticket_id":7}]', '[{"ticket_id":"t"}]'];
	for (const executing of said) {
		await registry.register(registration({ metadata: { executing } }));
		const { status, body } = await get("/workers/agent-1");
		assert.equal(status, 200, executing);
		assert.ok(body.executing === null || body.executing.length === 0);
	}
});

test("POST /workers/:agent_id/pause, /resume: seen at once, with who and why; the share grows", async (t) => {
	const { registry, get, post } = await openRoutes(t);
	await registry.register(registration());
	const paused = await post("/workers/agent-1/pause", who);
	assert.equal(paused.status, 200);
	assert.equal(paused.body.share, 0);
	assert.match(paused.body.effect, /all of V1, and those of V2 without/);
	const seen = (await get("/workers/agent-1")).body.paused;
	const { since_ms } = paused.body;
	assert.deepEqual(seen, { since_ms, ...who, share: 0 });
	const list = await get("/workers?status=PAUSED");
	assert.equal(list.body.workers.length, 1);
	const resumed = await post("/workers/agent-1/resume", {
		...who,
		over_seconds: 3_600,
	});
	assert.equal(resumed.status, 200);
	const { share } = (await get("/workers/agent-1")).body.paused;
	assert.ok(share >= 0.1 && share < 0.2, String(share));
	await post("/workers/agent-1/resume", { ...who, over_seconds: 1 });
	assert.equal((await post("/workers/agent-2/pause", who)).status, 404);
	assert.equal((await post("/workers/agent-2/resume", who)).status, 404);
	await registry.register(registration({ agent_id: "agent-3" }));
	const refused = await post("/workers/agent-3/resume", who);
	assert.equal(refused.status, 409);
	const nobody = await post("/workers/agent-1/pause", { reason: "why" });
	assert.equal(nobody.status, 422);
});

test("POST /task-types/:task_type/pause: says of which plans it holds tickets back", async (t) => {
	const { app } = await openRoutes(t);
	const { paths } = (await app.inject("/openapi.json")).json();
	const { summary, description } =
		paths["/api/v1/task-types/{task_type}/pause"].post;
	assert.match(summary, /of plans under V2/);
	assert.match(description, /SCHEDULER_PAUSED_WAIT_MS.*V1/);
});

test("POST /task-types/:task_type/pause: a kind of work is held back, and listed", async (t) => {
	const { get, post } = await openRoutes(t);
	const paused = await post("/task-types/BUILD/pause", who);
	assert.equal(paused.status, 200);
	const { effect } = paused.body;
	assert.match(effect, /under V2, at most SCHEDULER_PAUSED_WAIT_MS; under V1/);
	assert.equal((await post("/task-types/PAINT/pause", who)).status, 400);
	const { pauses } = (await get("/pauses")).body;
	assert.equal(pauses.length, 1);
	assert.deepEqual(
		{ ...pauses[0], since_ms: 0 },
		{
			kind: "task_type",
			...{ name: "BUILD", effect },
			since_ms: 0,
			...who,
			share: 0,
			resumed: null,
		},
	);
	assert.equal((await post("/task-types/BUILD/resume", who)).status, 200);
});

test("GET /workers: with Redis away it says that nothing is known; one worker is 503", async (t) => {
	const { get, post } = await openRoutes(t, { node: "127.0.0.1:1" });
	const { status, body } = await get("/workers");
	assert.equal(status, 200);
	assert.deepEqual([body.workers, body.source], [[], "none"]);
	assert.equal((await get("/workers/agent-1")).status, 503);
	assert.equal((await post("/task-types/BUILD/pause", who)).status, 503);
});
