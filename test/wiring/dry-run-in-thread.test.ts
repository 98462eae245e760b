import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { openDryRuns } from "../support/dry-runs.ts";
import { openHttp } from "../support/http.ts";
import { planJson } from "../support/plans.ts";

const bytes = (value: unknown) =>
	new TextEncoder().encode(
		typeof value === "string" ? value : JSON.stringify(value),
	);
const textOf = (answer: Uint8Array) => new TextDecoder().decode(answer);
const file = new URL("../support/frail-thread.ts", import.meta.url);
const url = "/api/v1/plans:dry-run";
const headers = { "content-type": "application/json" };
/** 400,000 tasks without anything: the most work a body of 3 MB makes. */
const heavy = JSON.stringify({
	...planJson([["a"]]),
	tasks: Array.from({ length: 400_000 }, () => ({})),
});

test("openDryRunThread: whatever else is asked is answered while a dry run takes its time", async (t) => {
	const { app } = await openHttp(t, { dryRuns: openDryRuns(t) });
	const ended: string[] = [];
	const post = async () => {
		const sent = { method: "POST", url, headers, payload: heavy } as const;
		const { statusCode } = await app.inject(sent);
		ended.push(`dry run ${statusCode}`);
	};
	const runs = Promise.all([post(), post(), post(), post()]);
	for (let n = 0; n < 50; n += 1) await app.inject("/live");
	ended.push("others");
	const tooMany = await app.inject({
		method: "POST",
		url,
		headers,
		payload: "{}",
	});
	assert.equal(tooMany.statusCode, 429);
	assert.equal(tooMany.json().code, "TOO_MANY_REHEARSALS");
	assert.match(tooMany.json().hint, /has been answered/);
	await runs;
	assert.deepEqual(ended, ["others", ...Array(4).fill("dry run 200")]);
	const after = await app.inject({
		method: "POST",
		url,
		headers,
		payload: "{}",
	});
	assert.equal(after.json().outcome, "would_be_refused");
});

test("openDryRunThread: what cannot be read has the errors of every other body", async (t) => {
	const { app } = await openHttp(t, { dryRuns: openDryRuns(t) });
	const ask = async (payload: string | Buffer) => {
		const sent = { method: "POST", url, headers, payload } as const;
		const { statusCode, ...answer } = await app.inject(sent);
		const { code, detail, path } = answer.json();
		return [statusCode, code, path, detail].join(" ");
	};
	assert.match(await ask("{"), /^400 REQUEST_INVALID {2}.*read as JSON/);
	assert.match(await ask(""), /^400 REQUEST_INVALID .*empty/);
	assert.match(await ask(Buffer.from([0xff])), /^400 .*UTF-8/);
	const deep = "[".repeat(600) + "]".repeat(600);
	assert.match(await ask(deep), /^422 REQUEST_INVALID \$\.body .*deeper/);
});

test("openDryRunThread: a plan of the ledger is read outside the thread", async (t) => {
	const asked: string[] = [];
	const plan = planJson([["a"]]);
	const readPlan = async (planId: string) => {
		asked.push(planId);
		if (planId === "away")
			throw new OrchestratorError("STORE_UNAVAILABLE", "away");
		return { ...plan, plan_id: planId };
	};
	const runs = openDryRuns(t, { ledger: { readPlan } });
	const decision = { decision_id: "d", final_decision: "approve" };
	const run = async (plan_id: string) =>
		JSON.parse(
			textOf(await runs.dryRun(bytes({ ...decision, plan_id }), "me")),
		);
	assert.equal((await run("p")).outcome, "would_run");
	await assert.rejects(run("away"), { code: "STORE_UNAVAILABLE" });
	assert.deepEqual(asked, ["p", "away"]);
});

for (const fault of ["exit", "throw", "hang"])
	test(`openDryRunThread: after the thread's ${fault} there is an error for one and a thread for the next`, async (t) => {
		const runs = openDryRuns(t, { file, patienceMs: 2_000 });
		const [lost, next] = await Promise.allSettled([
			runs.dryRun(bytes(fault), "me"),
			runs.dryRun(bytes("next"), "me"),
		]);
		assert.equal(lost.status, "rejected");
		assert.equal(lost.reason.code, "REHEARSAL_LOST");
		assert.match(lost.reason.message, /broke off .*nothing was started/);
		assert.equal(next.status === "fulfilled" && textOf(next.value), "next");
	});

test("openDryRunThread: callers have their turn, and so many wait at most", async (t) => {
	const limits = { max: 4, maxPerCaller: 3 };
	const runs = openDryRuns(t, { file, limits });
	const order: string[] = [];
	const run = async (name: string, caller: string) => {
		await runs.dryRun(bytes(name), caller);
		order.push(name);
	};
	const under = [run("a1", "a"), run("a2", "a"), run("a3", "a")];
	await assert.rejects(run("a4", "a"), (error: OrchestratorError) => {
		assert.equal(error.details.status, 429);
		return error.code === "TOO_MANY_REHEARSALS";
	});
	under.push(run("b1", "b"));
	await assert.rejects(run("c1", "c"), (error: OrchestratorError) => {
		assert.equal(error.details.status, undefined);
		return error.code === "TOO_MANY_REHEARSALS";
	});
	await Promise.all(under);
	assert.deepEqual(order, ["a1", "a2", "b1", "a3"]);
	await run("a4", "a");
});

test("openDryRunThread: closing ends the thread and what waits for it", async (t) => {
	const runs = openDryRuns(t, { file });
	const waiting = Promise.allSettled([
		runs.dryRun(bytes("hang"), "me"),
		runs.dryRun(bytes("next"), "me"),
	]);
	await runs.close();
	for (const outcome of await waiting) {
		assert.equal(outcome.status, "rejected");
		assert.equal(outcome.reason.code, "SERVICE_STOPPING");
	}
});
