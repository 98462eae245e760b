import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
	readEvents,
	type ServerEvent,
} from "../../../src/cli/api/read-events.ts";

async function readAll(pieces: Iterable<Uint8Array>): Promise<ServerEvent[]> {
	const events: ServerEvent[] = [];
	const stream = ReadableStream.from(pieces) as ReadableStream<Uint8Array>;
	for await (const event of readEvents(stream)) events.push(event);
	return events;
}

const text = [
	"retry: 2000\n\n",
	": a heartbeat\n\n",
	'id: 1-0\nevent: plan\ndata: {"a":"ä→"}\n\n',
	"data: one\r\ndata: two\r\n\r\n",
	"data: cut off",
].join("");

const expected = [
	{ id: "1-0", event: "plan", data: '{"a":"ä→"}' },
	{ id: undefined, event: "message", data: "one\ntwo" },
];

test("readEvents: the same events in whatever pieces they come", () => {
	const bytes = Buffer.from(text);
	return fc.assert(
		fc.asyncProperty(
			fc.array(fc.nat(bytes.length), { maxLength: 10 }),
			async (cuts) => {
				const ends = [...cuts.sort((a, b) => a - b), bytes.length];
				let from = 0;
				const pieces = ends.map((end) => {
					const piece = bytes.subarray(from, end);
					from = end;
					return piece;
				});
				assert.deepEqual(await readAll(pieces), expected);
			},
		),
	);
});
