import assert from "node:assert/strict";
import { test } from "node:test";
import { paceOf } from "../../../src/domain/scheduling/paces.ts";
import {
	leaveTrace,
	meanPace,
	type Trace,
	traceTerms,
} from "../../../src/domain/scheduling/traces.ts";
import { choose, idsOf, ticketOf } from "../../support/choices.ts";
import { workerOf } from "../../support/workers.ts";

const HALF_LIFE_MS = 600_000;
const NOW_MS = 1_800_000_000_000;

/** A worker's trace after tickets that took so many times as long as predicted. */
function pacedTrace(paces: readonly (number | undefined)[]): Trace {
	let trace: Trace | undefined;
	for (const pace of paces) trace = leaveAtOnce(trace, pace);
	return trace as Trace;
}

function leaveAtOnce(trace: Trace | undefined, pace: number | undefined) {
	return leaveTrace(trace, { outcome: "success", pace }, NOW_MS, HALF_LIFE_MS);
}

/** As Redis writes it: numbers have 14 digits. */
function storedTrace({ pace, paced, ...rest }: Trace): Trace {
	const round = (value: number) => Number(value.toPrecision(14));
	return { ...rest, pace: round(pace), paced: round(paced) };
}

test("meanPace: of the newest tickets, whatever one says; failures and what nobody predicted say nothing", () => {
	assert.equal(meanPace(pacedTrace([undefined, undefined])), null);
	const near = (trace: Trace, expected: number) =>
		assert.ok(Math.abs((meanPace(trace) as number) / expected - 1) < 0.1);
	near(pacedTrace([2, undefined, 2, 0.5, 0.5]), 1);
	// It has become three times as fast.
	near(pacedTrace([...Array(50).fill(3), ...Array(120).fill(1)]), 1);
	near(pacedTrace([1e300]), 8);
	near(pacedTrace([1e-300]), 1 / 8);
	for (const pace of [100, 0.01]) {
		let trace: Trace | undefined;
		for (let ended = 0; ended < 500; ended += 1) {
			trace = storedTrace(leaveAtOnce(trace, pace));
			near(trace, pace > 1 ? 8 : 1 / 8);
		}
	}
	const failed = { outcome: "failure", pace: 0.01 } as const;
	near(leaveTrace(pacedTrace([2]), failed, NOW_MS, HALF_LIFE_MS), 2);
});

test("paceOf: telemetry until there are tickets, and again when what they left has evaporated; unreadable traces count as none", () => {
	const workers = ["new", "known", "broken", "beyond"].map((agent_id) => ({
		agent_id,
	}));
	const known = pacedTrace(Array(100).fill(0.5));
	const traces = new Map([
		["known", known],
		["broken", { ...known, pace: Number.NaN }],
		["beyond", { ...known, pace: -1e6 }],
	]);
	const at = (lives: number) => {
		const nowMs = NOW_MS + lives * HALF_LIFE_MS;
		const terms = traceTerms(workers, traces, nowMs, HALF_LIFE_MS);
		return workers.map((_, position) => paceOf(terms, position, 3));
	};
	assert.equal(paceOf(undefined, 0, 3), 3);
	const [fresh, gone] = [at(0), at(30)];
	assert.deepEqual([fresh[0], fresh[2], fresh[3]], [3, 3, 3]);
	assert.ok((fresh[1] as number) > 0.5 && (fresh[1] as number) < 0.65);
	assert.ok(Math.abs((gone[1] as number) - 3) < 0.01);
});

for (const bias of [3, 1 / 3])
	test(`chooseWorkers: where tickets of a kind take ${bias.toFixed(1)} times as long as the model says, a newcomer gets as many as its equals, and a slow one fewer`, () => {
		const telemetryOf = (avg_duration_ms: number) => ({
			telemetry: { success_rate: 1, total_executions: 100, avg_duration_ms },
		});
		const names = ["a", "b", "newcomer", "slow"];
		const workers = names.map((id) =>
			workerOf(id, telemetryOf(id === "slow" ? 4_000 : 1_000)),
		);
		const traces = traceTerms(
			workers,
			new Map([
				["a", pacedTrace(Array(40).fill(bias))],
				["b", pacedTrace(Array(40).fill(bias))],
			]),
			NOW_MS,
			HALF_LIFE_MS,
		);
		const ticket = ticketOf([], { predictedMs: 1_000, traces });
		const chosen = idsOf(choose(workers, Array(12).fill(ticket)));
		const shares = names.map(
			(name) => chosen.filter((one) => one === name).length,
		);
		assert.deepEqual(shares, [4, 4, 4, 0]);
		const ownMs = choose(workers, [ticket])[0]?.bestMs ?? [];
		assert.equal(ownMs.length, 3);
		for (const ms of ownMs) assert.ok(Math.abs(ms / bias / 1_000 - 1) < 0.1);
	});

test("chooseWorkers: a fast worker that is given the long tickets is not taken for a slow one; without a prediction its mean counts", () => {
	const telemetry = { success_rate: 1, total_executions: 100 };
	const workers = [
		workerOf("fast", { telemetry: { ...telemetry, avg_duration_ms: 900 } }),
		workerOf("slow", { telemetry: { ...telemetry, avg_duration_ms: 600 } }),
	];
	const traces = traceTerms(
		workers,
		new Map([
			["fast", pacedTrace(Array(20).fill(0.7))],
			["slow", pacedTrace(Array(20).fill(2))],
		]),
		NOW_MS,
		HALF_LIFE_MS,
	);
	const choiceFor = (facts: Parameters<typeof ticketOf>[1]) =>
		choose(workers, [ticketOf([], facts)])[0];
	const chosenFor = (facts: Parameters<typeof ticketOf>[1]) =>
		choiceFor(facts)?.chosen;
	const ticket = { predictedMs: 1_000, estimatedMs: 1_000 };
	assert.equal(chosenFor(ticket)?.agent_id, "slow");
	const fast = chosenFor({ ...ticket, traces });
	assert.equal(fast?.agent_id, "fast");
	assert.ok((fast?.predicted_ms as number) < 850);
	// A fast worker with a free slot.
	assert.equal(fast?.room, 1);
	const unpredicted = { ...ticket, predictedMs: undefined, traces };
	assert.equal(chosenFor(unpredicted)?.agent_id, "slow");
	assert.deepEqual(choiceFor(unpredicted)?.bestMs, [667, 1_000]);
});
