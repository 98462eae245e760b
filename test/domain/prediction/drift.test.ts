import assert from "node:assert/strict";
import { test } from "node:test";
import {
	type DriftState,
	type TypeDrift,
	watchDrift,
} from "../../../src/domain/prediction/drift.ts";
import { predictTicket } from "../../../src/domain/prediction/predict.ts";
import { type MadeTicket, makeHistory } from "../../support/ticket-history.ts";
import { calmModel, finished, modelOf, plainFacts } from "./made-models.ts";

test("watchDrift: 30 % is seen within 200 tickets of the type, 15 % within 1,000, nothing in the others", () => {
	const tickets = makeHistory({ rampDays: 0.001 });
	const model = modelOf(tickets.filter(({ day }) => day < 14));
	const begun = new Map<string, { after: number; drift: TypeDrift }[]>();
	const seen = new Map<string, number>();
	let state: DriftState | null = null;
	for (const ticket of tickets.filter(({ day }) => day >= 15)) {
		const { task_type: type } = ticket;
		if (hasDrifted(ticket)) seen.set(type, (seen.get(type) ?? 0) + 1);
		const look = watchDrift(state, [ticket], model);
		state = look.state;
		for (const drift of look.begun)
			begun.set(drift.task_type, [
				...(begun.get(drift.task_type) ?? []),
				{ after: seen.get(type) ?? 0, drift },
			]);
		assert.deepEqual(look.ended, []);
	}
	assert.deepEqual([...begun.keys()].sort(), ["BUILD", "EXECUTE", "QUERY"]);
	for (const [type, most, sign] of [
		["BUILD", 200, 1],
		["QUERY", 200, -1],
		["EXECUTE", 1_000, 1],
	] as const) {
		const [first, second] = begun.get(type) ?? [];
		assert.ok(first && second === undefined);
		assert.ok(first.after > 0 && first.after <= most, `${type} ${first.after}`);
		assert.equal(Math.sign(first.drift.percent), sign);
	}
});

function hasDrifted({ day, completed }: MadeTicket): boolean {
	return day >= 20 && completed;
}

test("watchDrift: a drift that ends is told, and another model begins anew", () => {
	const usual = 60_000;
	const all = (ms: number) => Array.from({ length: 400 }, () => finished(ms));
	const slow = watchDrift(null, all(4 * usual), calmModel);
	assert.equal(slow.begun.length, 1);
	assert.ok((slow.begun[0]?.percent ?? 0) > 50);
	const predicted = Math.exp(
		Math.log(4 * usual) - (slow.state.types.BUILD?.residuals.at(-1) ?? 0),
	);
	const back = watchDrift(slow.state, all(Math.round(predicted)), calmModel);
	assert.deepEqual([back.begun, back.ended], [[], ["BUILD"]]);
	const newer = { ...calmModel, version: 9 };
	const anew = watchDrift(slow.state, [finished(usual)], newer);
	assert.equal(anew.state.model, "durations@9");
	assert.equal(anew.state.types.BUILD?.residuals.length, 1);
	assert.equal(slow.state.types.BUILD?.residuals.length, 400);
});

test("watchDrift: what one worker alone reports is no drift, however much it reports; what all report is one", () => {
	const usual = predictTicket(plainFacts, calmModel, null).duration_ms;
	const seen = (slow: (worker: number) => boolean) => {
		const tickets = Array.from({ length: 400 }, (_, at) => {
			// Six of ten are the first worker's.
			const worker = at % 10 < 6 ? 0 : 1 + (at % 3);
			const ms = slow(worker) ? 4 * usual : usual;
			return finished(ms, { worker: `w-${worker}` });
		});
		return watchDrift(null, tickets, calmModel).begun.length;
	};
	assert.equal(
		seen((worker) => worker === 0),
		0,
	);
	assert.equal(
		seen(() => true),
		1,
	);
});

test("watchDrift: tickets in one list or one by one are the same", () => {
	const tickets = makeHistory({ tickets: 300 });
	const together = watchDrift(null, tickets, calmModel).state;
	let state: DriftState | null = null;
	for (const ticket of tickets)
		state = watchDrift(state, [ticket], calmModel).state;
	assert.deepEqual(state, together);
});
