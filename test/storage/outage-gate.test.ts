import assert from "node:assert/strict";
import { test } from "node:test";
import {
	createOutageGate,
	KnownAwayError,
} from "../../src/storage/outage-gate.ts";
import { eventually } from "../support/eventually.ts";

class TooSlow extends Error {}

function openGate(probe: () => Promise<void>) {
	const changes: string[] = [];
	const gate = createOutageGate({
		probe,
		isOutage: () => true,
		mayBeSlow: (error) => error instanceof TooSlow,
		probeIntervalMs: 1,
		onChange: (outage) =>
			void changes.push(outage === undefined ? "open" : "shut"),
	});
	const fail = (error: Error) =>
		gate.run(() => Promise.reject(error)).catch((cause: unknown) => cause);
	return { gate, changes, fail };
}

test("outage gate: a call that took too long does not shut it while the server answers", async () => {
	let asked = 0;
	const { gate, changes, fail } = openGate(async () => {
		asked += 1;
	});
	await fail(new TooSlow());
	await eventually(() => asked === 1);
	assert.equal(await gate.run(async () => "served"), "served");
	assert.deepEqual(changes, []);
});

test("outage gate: a call that took too long shuts it when the server does not answer either, until it does", async () => {
	let isAway = true;
	const { gate, changes, fail } = openGate(async () => {
		if (isAway) throw new Error("away");
	});
	await fail(new TooSlow());
	await eventually(() => changes.includes("shut"));
	assert.ok((await fail(new Error("never made"))) instanceof KnownAwayError);
	isAway = false;
	await eventually(() => changes.includes("open"));
	assert.equal(await gate.run(async () => "served"), "served");
});

test("outage gate: a broken connection shuts it at once", async () => {
	const { changes, fail } = openGate(async () => {
		throw new Error("away");
	});
	await fail(new Error("connection refused"));
	assert.deepEqual(changes, ["shut"]);
});
