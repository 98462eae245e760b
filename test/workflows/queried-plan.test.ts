import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { planQueries } from "../../src/domain/plan-run.ts";
import { runReplays } from "../../src/temporal/replay-history.ts";
import { type Played, play, untilEnded } from "../support/played-plan.ts";

const PLANS = 3;
/** A failed attempt of the played plans is made again after 300 ms: documents take longer now and then. */
const WRITE_MS = 400;

/**
 * A plan that cannot be replayed stands still for ever as soon as its worker has forgotten it. From 1.23.0
 * on the SDK breaks plans that are asked while a local activity ends: it tells the workflow of the end
 * in another workflow task than a replay does (1.24.0: red every time, 1.22.0: green).
 */
test("queries: a plan that is asked all the time can be replayed", async (t) => {
	const played = await Promise.all(Array.from({ length: PLANS }, () => run(t)));
	const histories = await Promise.all(
		played.map(async ({ handle }) => ({
			workflowId: handle.workflowId,
			history: await handle.fetchHistory(),
		})),
	);
	const results = await runReplays(histories);
	for await (const { workflowId, error } of results)
		assert.equal(error, undefined, workflowId);
});

async function run(t: TestContext): Promise<Played> {
	const write = () => sleep(Math.random() * WRITE_MS);
	const plan = await play(
		t,
		"V2",
		{ ticketMaxAttempts: 3 },
		{ documents: { write } },
	);
	const ended = new AbortController();
	const asking = ask(plan, ended.signal);
	try {
		for (const task of ["a", "b", "c", "d"]) {
			await plan.answer(task, "FAILED");
			await plan.answer(task);
		}
		assert.equal(await untilEnded(plan), "SUCCESS");
	} finally {
		ended.abort();
		await asking;
	}
	return plan;
}

async function ask({ handle }: Played, enough: AbortSignal): Promise<void> {
	while (!enough.aborted) {
		await handle.query(planQueries.getStatus).catch(() => undefined);
		await sleep(10);
	}
}
