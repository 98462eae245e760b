import assert from "node:assert/strict";
import { test } from "node:test";
import type { TicketResult } from "../../src/domain/plan-run.ts";
import { createResultBatcher } from "../../src/plans/result-batcher.ts";
import type {
	ResultSignaller,
	SignalOutcome,
} from "../../src/plans/start-ports.ts";
import { keepMetrics } from "../support/intake-stand-ins.ts";
import { someResult } from "../support/plan-inputs.ts";

interface Signal {
	planId: string;
	results: readonly TicketResult[];
	answer(outcome: SignalOutcome | Error): void;
}

/** Plans that answer when the test says so. */
function openPlans() {
	const signals: Signal[] = [];
	const plans: ResultSignaller = {
		async signalResults(planId, results) {
			const { promise, resolve, reject } =
				Promise.withResolvers<SignalOutcome>();
			const answer = (outcome: SignalOutcome | Error) =>
				typeof outcome === "string" ? resolve(outcome) : reject(outcome);
			signals.push({ planId, results, answer });
			return await promise;
		},
	};
	const seen = async (count: number) => {
		while (signals.length < count) {
			await new Promise((resolve) => setImmediate(resolve));
		}
		return signals[count - 1] as Signal;
	};
	return { plans, signals, seen };
}

test("result batcher: one signal a plan for all that came, each waiter is answered", async () => {
	const { plans, signals, seen } = openPlans();
	const metrics = keepMetrics();
	const window = createResultBatcher({ plans, windowMs: 5, metrics });
	const ends = [
		window.deliver("p", someResult("a")),
		window.deliver("q", someResult("b")),
		window.deliver("p", someResult("c")),
	];
	(await seen(1)).answer("delivered");
	(await seen(2)).answer("closed");
	assert.deepEqual(await Promise.all(ends), [
		"delivered",
		"closed",
		"delivered",
	]);
	assert.deepEqual(
		signals.map(({ planId, results }) => [
			planId,
			results.map(({ ticket_id }) => ticket_id),
		]),
		[
			["p", ["a", "c"]],
			["q", ["b"]],
		],
	);
	assert.deepEqual(metrics.lines, ["signalled 1 2"]);
});

test("result batcher: what comes meanwhile waits for the signal under way", async () => {
	const { plans, signals, seen } = openPlans();
	const metrics = keepMetrics();
	const window = createResultBatcher({ plans, windowMs: 0, metrics });
	const first = window.deliver("p", someResult("a"));
	const signal = await seen(1);
	const second = window.deliver("p", someResult("a", { status: "FAILED" }));
	await new Promise((resolve) => setTimeout(resolve, 5));
	assert.equal(signals.length, 1);
	signal.answer("delivered");
	await first;
	(await seen(2)).answer("delivered");
	assert.equal(await second, "delivered");
});

test("result batcher: a failure reaches those of its signal, and only them", async () => {
	const { plans, seen } = openPlans();
	const metrics = keepMetrics();
	const window = createResultBatcher({ plans, windowMs: 0, metrics });
	const first = window.deliver("p", someResult("a"));
	(await seen(1)).answer(new Error("away"));
	await assert.rejects(first, /away/);
	const again = window.deliver("p", someResult("a"));
	(await seen(2)).answer("unknown");
	assert.equal(await again, "unknown");
});

test("result batcher: signals of many plans are bounded", async () => {
	const { plans, signals, seen } = openPlans();
	const metrics = keepMetrics();
	const window = createResultBatcher({
		plans,
		windowMs: 0,
		concurrency: 2,
		metrics,
	});
	const ends = ["p", "q", "r"].map((planId) =>
		window.deliver(planId, someResult("a")),
	);
	await seen(2);
	await new Promise((resolve) => setTimeout(resolve, 5));
	assert.equal(signals.length, 2);
	for (let count = 1; count <= 3; count += 1) {
		(await seen(count)).answer("delivered");
	}
	await Promise.all(ends);
});

test("result batcher: whoever kept something for an attempt is told how it ended and how long it took, before its plan is", async () => {
	const { plans, seen } = openPlans();
	const told: unknown[] = [];
	const window = createResultBatcher({
		...{ plans, windowMs: 0, metrics: keepMetrics() },
		endings: { ended: (tickets) => void told.push(...tickets) },
	});
	const by = { agent_id: "w-1" };
	const ends = [
		window.deliver("p", someResult("a", { ...by, actual_duration_ms: 250 })),
		window.deliver("p", someResult("b", { ...by, status: "FAILED" })),
		window.deliver("p", someResult("c", { ...by, status: "RUNNING" })),
		window.deliver("p", someResult("d", { ...by, preempted: true })),
	];
	const signal = await seen(1);
	assert.deepEqual(told, [
		{ ticket_id: "a", ...by, outcome: "success", actual_ms: 250 },
		{ ticket_id: "b", ...by, outcome: "failure", actual_ms: 5 },
		{ ticket_id: "d", ...by },
	]);
	signal.answer("delivered");
	await Promise.all(ends);
});
