import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { createRedisRegistry } from "../../src/registry/redis-registry.ts";
import { newPlanId, openServiceWorld } from "../e2e/support/service-world.ts";
import { registration } from "../support/agents-at-work.ts";
import { openRedis } from "../support/stores.ts";
import { type CliRunOptions, runCli } from "./support/run-cli.ts";

const world = await openServiceWorld({ after });
const folder = mkdtempSync(path.join(tmpdir(), "cli-"));
after(() => rmSync(folder, { recursive: true }));
const why = ["--reason", "a test asks", "--actor", "cli-test"];

const orchestrator = (args: string[], options: CliRunOptions = {}) =>
	runCli(args, {
		...options,
		env: { ORCHESTRATOR_URL: world.address(), ...options.env },
	});

/** Runs a command with `--json`: stdout must be exactly one document. */
async function json(args: string[], code = 0) {
	const run = await orchestrator([...args, "--json"]);
	assert.equal(run.code, code, run.stderr);
	assert.equal(run.stdout.trimEnd().split("\n").length, 1, run.stdout);
	return JSON.parse(run.stdout);
}

function fileOf(value: unknown): string {
	const file = path.join(folder, `${newPlanId("file")}.json`);
	writeFileSync(file, JSON.stringify(value));
	return file;
}

const planId = newPlanId("cli");
const planFile = fileOf(buildPlan({ plan_id: planId, tasks: chain(3) }));

before(async () => {
	const done = await json(["submit", planFile, "--wait", "done"]);
	assert.deepEqual([done.outcome, done.status], ["started", "SUCCESS"]);
});

test("cli submit: the same again is a duplicate, from standard input too", async () => {
	const input = JSON.stringify(buildPlan({ plan_id: planId, tasks: chain(3) }));
	const other = await orchestrator(["submit", "-"], { input });
	// Another moment of creation makes another plan of it.
	assert.equal(other.code, 4);
	assert.match(other.stderr, /✘ error: .*what to do: /s);
	const same = await json(["submit", planFile, "--wait", "done"]);
	assert.deepEqual([same.outcome, same.status], ["duplicate", "SUCCESS"]);
});

test("cli submit --wait validated: an unsound plan ends with 4 and every problem", async () => {
	const plan = buildPlan({ plan_id: newPlanId("unsound"), tasks: chain(2) });
	for (const task of plan.tasks) task.dependencies = ["nothing"];
	const file = fileOf(plan);
	const run = await orchestrator(["submit", file, "--wait", "validated"]);
	assert.equal(run.code, 4);
	assert.match(run.stdout, /✘ plan .* is unsound/);
	assert.match(run.stdout, /\$\.tasks\[0\]\.dependencies\[0\]/);
	assert.match(run.stdout, /\$\.tasks\[1\]\.dependencies\[0\]/);
	const dry = await json(["dry-run", file], 4);
	assert.equal(dry.valid, false);
});

test("cli dry-run: says what would become of a plan and starts nothing", async () => {
	const plan_id = newPlanId("rehearsed");
	const file = fileOf(buildPlan({ plan_id, tasks: chain(2) }));
	const run = await orchestrator(["dry-run", file]);
	assert.equal(run.code, 0, run.stderr);
	assert.match(run.stdout, /would run; nothing was started/);
	assert.equal((await orchestrator(["plans", "get", plan_id])).code, 3);
});

test("cli plans: list, get, why, tickets, dag, timeline and trace tell of the plan", async () => {
	const list = await json(["plans", "list", "--status", "SUCCESS", "--all"]);
	assert.ok(
		list.plans.some((plan: { plan_id: string }) => plan.plan_id === planId),
	);
	assert.equal((await json(["plans", "get", planId])).tickets_completed, 3);
	assert.equal((await json(["plans", "why", planId])).total, 0);
	assert.equal((await json(["plans", "tickets", planId])).tickets.length, 3);
	assert.equal((await json(["plans", "dag", planId])).edges.length, 2);
	const { events } = await json(["plans", "timeline", planId, "--all"]);
	assert.equal(events.at(-1).kind.length > 0, true);
	const { spent } = await json(["plans", "trace", planId]);
	assert.ok(spent.some(({ what }: { what: string }) => what === "running"));
	for (const read of ["get", "why", "tickets", "dag", "timeline", "trace"]) {
		const run = await orchestrator(["plans", read, planId]);
		assert.equal(run.code, 0, run.stderr);
		assert.doesNotMatch(run.stdout, /undefined|NaN|\[object/);
		assert.equal(stripVTControlCharacters(run.stdout), run.stdout);
	}
});

test("cli plans watch: a line for every change, and the plan's end as exit code", async () => {
	const plan_id = newPlanId("watched");
	const parameters = { simulate_duration_ms: "400" };
	const file = fileOf(buildPlan({ plan_id, tasks: chain(3, { parameters }) }));
	await json(["submit", file, "--wait", "validated"]);
	const run = await orchestrator(["plans", "watch", plan_id, "--json"]);
	assert.equal(run.code, 0, run.stderr);
	const changes = run.stdout
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line));
	const completed = changes.filter(({ state }) => state === "completed");
	assert.equal(new Set(completed.map(({ task_id }) => task_id)).size, 3);
	assert.deepEqual(
		[changes.at(-1).kind, changes.at(-1).status],
		["plan", "SUCCESS"],
	);
});

test("cli plans: pause, resume, cancel; what the state forbids ends with 4 and the possible verbs", async () => {
	const plan_id = newPlanId("held");
	const parameters = { simulate: "silent" };
	const plan = buildPlan({ plan_id, tasks: chain(2, { parameters }) });
	await json(["submit", fileOf(plan), "--wait", "validated"]);
	await world.planWith(plan_id, ({ status }) => status === "RUNNING");
	const paused = await json(["plans", "pause", plan_id, ...why]);
	assert.deepEqual([paused.plan_id, paused.status], [plan_id, "PAUSED"]);
	const again = await json(["plans", "pause", plan_id, ...why], 4);
	assert.equal(again.error.code, "COMMAND_REFUSED");
	assert.match(again.error.message, /resume/);
	const tired = ["plans", "watch", plan_id, "--give-up-after", "1s"];
	assert.equal((await orchestrator(tired)).code, 7, "it stays paused");
	await json(["plans", "resume", plan_id, ...why]);
	const cancelled = await orchestrator(["plans", "cancel", plan_id, ...why]);
	assert.equal(cancelled.code, 0, cancelled.stderr);
	assert.match(cancelled.stdout, /idempotency key +[0-9a-f-]{36}/);
	assert.equal((await world.finalPlan(plan_id)).status, "CANCELLED");
	const watched = await orchestrator(["plans", "watch", plan_id]);
	assert.equal(watched.code, 1, "a plan that did not succeed");
});

test("cli plans: the same idempotency key has effect once", async () => {
	const key = ["--idempotency-key", newPlanId("key")];
	const rerun = ["plans", "rerun", planId, "--task", "t1", ...why, ...key];
	const { tickets } = await json(["plans", "tickets", planId]);
	rerun[4] = tickets[2].task_id;
	const first = await json(rerun);
	const second = await json(rerun);
	assert.deepEqual(second, first);
	const { commands } = await json(["plans", "get", planId]);
	assert.equal(
		commands.filter(({ command }: { command: string }) => command === "rerun")
			.length,
		1,
	);
});

test("cli plans: a command without a reason is not sent", async () => {
	const run = await orchestrator(["plans", "cancel", planId]);
	assert.equal(run.code, 2);
	assert.match(run.stderr, /required option '--reason <text>' not specified/);
});

test("cli approvals: what waits is listed, approved and rejected", async () => {
	const ids = [newPlanId("approve"), newPlanId("reject")] as const;
	for (const plan_id of ids) {
		const plan = buildPlan({ plan_id, tasks: chain(1) });
		await world.publish(
			buildDecision(plan, { final_decision: "review_required" }),
		);
		await world.planWith(
			plan_id,
			({ status }) => status === "AWAITING_APPROVAL",
		);
	}
	const waiting = await world.eventually(async () => {
		const { approvals } = await json(["approvals", "list"]);
		return approvals.length === 2 && approvals;
	});
	assert.deepEqual(
		waiting.map(({ plan_id }: { plan_id: string }) => plan_id),
		ids,
	);
	const shown = await orchestrator(["approvals", "list"]);
	assert.match(shown.stdout, /\? pending +approve-/);
	const wrong = ["--plan-hash", "0".repeat(64)];
	await json(["plans", "approve", ids[0], ...why, ...wrong], 4);
	const hash = ["--plan-hash", waiting[0].plan_hash];
	await json(["plans", "approve", ids[0], ...why, ...hash]);
	await json(["plans", "reject", ids[1], ...why]);
	assert.equal((await world.finalPlan(ids[0])).status, "SUCCESS");
	assert.equal((await world.finalPlan(ids[1])).status, "REJECTED");
	assert.equal(
		(await json(["approvals", "list", "--state", "unmatched"])).approvals
			.length,
		0,
	);
});

test("cli audit verify: the chains of what was asked for hold", async () => {
	await world.eventually(async () => {
		const run = await orchestrator(["audit", "verify", "--json"]);
		return run.code === 0 && JSON.parse(run.stdout).records > 0;
	});
	const run = await orchestrator(["audit", "verify"]);
	assert.match(run.stdout, /^✔ sound: \d+ records? of \d+ plans?/);
});

test("cli dlq: a malformed message is shown, sent back corrected, another one discarded", async () => {
	const plan_id = newPlanId("mended");
	const plan = buildPlan({ plan_id, tasks: chain(1) });
	const decision = { ...buildDecision(plan), final_decision: "perhaps" };
	await world.publish(decision, Buffer.from("{ not json"));
	const letters = await world.eventually(async () => {
		const topic = `${world.name}.plans.consensus.dlq`;
		const filter = ["--state", "open", "--topic", topic];
		const page = await json(["dlq", "list", ...filter]);
		return page.dead_letters.length === 2 && page.dead_letters;
	});
	const ids: string[] = letters.map(({ id }: { id: string }) => id);
	const shown = await Promise.all(ids.map((id) => json(["dlq", "show", id])));
	const mended = shown.find(({ decoded }) => decoded?.plan_id === plan_id);
	const broken = shown.find(({ decoded }) => decoded === null);
	assert.ok(mended && broken);
	const screen = await orchestrator(["dlq", "show", broken.id]);
	assert.match(screen.stdout, /\{ not json/);
	const body = fileOf({ ...mended.decoded, final_decision: "approve" });
	const redrive = ["dlq", "redrive", mended.id, "--body", body, ...why];
	const key = ["--idempotency-key", newPlanId("key")];
	const sent = await json([...redrive, ...key]);
	assert.match(sent.state, /^redriv/);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const again = await json([...redrive, ...key]);
	assert.deepEqual(again, { ...sent, state: "redriven" });
	await json(redrive, 4);
	const discard = ["dlq", "discard", broken.id, ...why, ...key];
	const discarded = await json(discard);
	assert.equal(discarded.state, "discarded");
	assert.deepEqual(await json(discard), discarded);
	await json(["dlq", "redrive", broken.id, ...why], 4);
	assert.equal((await orchestrator(["dlq", "show", "x.dlq:0:1"])).code, 3);
});

test("cli workers: who there is and what they do; one is held back and let come again", async (t) => {
	const { redis } = openRedis(t);
	const registry = createRedisRegistry(redis, { leaseMs: 60_000 });
	const agent_id = newPlanId("cli-worker");
	// Nobody's tickets go there.
	const only = { capabilities: [agent_id], namespace: "cli-test" };
	await registry.register(registration({ agent_id, ...only }));
	const { workers } = await json(["workers", "list", "--capability", agent_id]);
	assert.equal(workers.length, 1);
	const paused = await json(["workers", "pause", agent_id, ...why]);
	assert.equal(paused.share, 0);
	const screen = await orchestrator(["workers", "get", agent_id]);
	assert.match(screen.stdout, /‖ PAUSED.*held back.*no work; by cli-test/s);
	const { pauses } = await json(["workers", "pauses"]);
	assert.ok(pauses.some(({ name }: { name: string }) => name === agent_id));
	const over = ["--over", "1s"];
	await json(["workers", "resume", agent_id, ...over, ...why]);
	await world.eventually(async () => {
		return (await json(["workers", "get", agent_id])).paused === null;
	});
	await json(["workers", "resume", agent_id, ...why], 4);
	await registry.deregister(agent_id);
	assert.equal((await orchestrator(["workers", "get", agent_id])).code, 3);
});

test("cli replay: today's code takes the history of a plan from Temporal", async () => {
	const done = await json(["replay", `orch-${planId}`]);
	assert.deepEqual([done.is_same, done.departure], [true, null]);
	assert.equal((await orchestrator(["replay", "orch-nobody"])).code, 3);
});

test("cli topics: check finds what is missing, apply creates it", async () => {
	const env = { KAFKA_TOPIC_PREFIX: `${newPlanId("topics")}.` };
	const missing = await orchestrator(["topics", "check"], { env });
	assert.equal(missing.code, 1);
	assert.match(missing.stdout, /✘ missing/);
	const applied = await orchestrator(["topics", "apply"], { env });
	assert.equal(applied.code, 0, applied.stderr);
	assert.match(applied.stdout, /✔ created/);
	await world.eventually(
		async () => (await orchestrator(["topics", "check"], { env })).code === 0,
	);
});

test("cli doctor: looks at the real servers, and fails on one that is away", async () => {
	const well = await json(["doctor"]);
	assert.equal(well.ok, true);
	assert.ok(well.checks.some(({ name }: { name: string }) => name === "kafka"));
	const env = { REDIS_CLUSTER_NODES: "127.0.0.1:1" };
	const ill = await orchestrator(["doctor"], { env });
	assert.equal(ill.code, 1);
	assert.match(ill.stdout, /✘ failed +redis.*\n +.*what to do: /);
});
