import assert from "node:assert/strict";
import { test } from "node:test";
import { createEventOutlet } from "../../../src/http/events/event-outlet.ts";
import {
	compareEntries,
	readPosition,
} from "../../../src/http/events/event-position.ts";
import { followChanges } from "../../../src/http/events/follow-changes.ts";
import type {
	ChangeEntry,
	ChangeListener,
	ChangeSource,
} from "../../../src/plans/change-ports.ts";
import { eventually } from "../../support/eventually.ts";

/** A stream in memory; what is added reaches those who follow at once. */
function openSource(beforeRead: () => void = () => {}) {
	const entries: ChangeEntry[] = [];
	const listeners = new Set<ChangeListener>();
	let addedCount = 0;
	const idAt = (at: number) => entries.at(at)?.id ?? "0-0";
	const source: ChangeSource = {
		async follow(listener) {
			listeners.add(listener);
			return idAt(-1);
		},
		leave: (listener) => void listeners.delete(listener),
		async read({ id, inclusive }) {
			const found = entries.filter((entry) => {
				const order = compareEntries(entry.id, id);
				return inclusive ? order >= 0 : order > 0;
			});
			beforeRead();
			return found.slice(0, 10);
		},
		bounds: async () => ({ oldest: idAt(0), newest: idAt(-1) }),
	};
	function add(count: number): void {
		for (let n = 0; n < count; n += 1) {
			const name = addedCount;
			addedCount += 1;
			const json = JSON.stringify({ name, filler: "x".repeat(100) });
			const changes = [{ kind: "ticket" as const, plan_id: "p", json }];
			// Of one millisecond: 10 comes after 9.
			const entry = { id: `7-${name + 1}`, isAfterLoss: false, changes };
			entries.push(entry);
			for (const listener of listeners) listener.onEntry(entry);
		}
	}
	return { source, add, entries };
}

function openReader(bufferBytes: number) {
	const outlet = createEventOutlet({ bufferBytes, patienceMs: 60_000 });
	let text = "";
	return {
		outlet,
		read: () => outlet.stream.on("data", (piece) => (text += String(piece))),
		pause: () => outlet.stream.pause(),
		names: () =>
			[...text.matchAll(/"name":(\d+)/g)].map(([, name]) => Number(name)),
		text: () => text,
	};
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);
const everything = { wants: () => true };

test("followChanges: a reader that is full for a while is level again later, without gap or doubling", async () => {
	const { source, add } = openSource();
	const reader = openReader(2_000);
	const { outlet } = reader;
	await followChanges({ source, outlet, from: undefined, ...everything });
	add(200);
	assert.ok(outlet.stream.readableLength < 3_000, "memory is bounded");
	reader.read();
	await eventually(() => reader.names().length >= 200);
	add(100);
	await eventually(() => reader.names().length >= 300);
	assert.deepEqual(reader.names(), upTo(300));
});

test("followChanges: what comes while a reader catches up comes once, also when it is very much", async () => {
	let readCount = 0;
	const { source, add } = openSource(() => {
		// More than are kept for a reader that is behind.
		readCount += 1;
		if (readCount === 1) add(1_500);
		else if (readCount % 5 === 0) add(1);
	});
	add(30);
	const reader = openReader(100_000);
	reader.read();
	const { outlet } = reader;
	const from = readPosition("0-0");
	await followChanges({ source, outlet, from, ...everything });
	await eventually(() => reader.names().length >= 1_530);
	add(5);
	const { length } = reader.names();
	await eventually(() => reader.names().length >= length);
	const names = reader.names();
	assert.deepEqual(names, upTo(names.length));
});

test("followChanges: a reader whose place is gone while it was full is told", async () => {
	const { source, add, entries } = openSource();
	const reader = openReader(2_000);
	const { outlet } = reader;
	await followChanges({ source, outlet, from: undefined, ...everything });
	add(200);
	entries.splice(0, 190);
	reader.read();
	await eventually(() => reader.text().includes("event: reset"));
	add(1);
	await eventually(() => reader.names().at(-1) === 200);
	assert.ok(reader.names().length < 150);
});

test("followChanges: who leaves gets nothing more", async () => {
	const { source, add } = openSource();
	const reader = openReader(2_000);
	reader.read();
	const { outlet } = reader;
	const following = await followChanges({
		...{ source, outlet, from: undefined, ...everything },
	});
	add(1);
	await eventually(() => reader.names().length === 1);
	following.leave();
	add(1);
	outlet.end();
	await outlet.closed;
	assert.deepEqual(reader.names(), [0]);
});
