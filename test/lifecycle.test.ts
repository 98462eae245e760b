import assert from "node:assert/strict";
import { test } from "node:test";
import { Lifecycle } from "../src/lifecycle.ts";

function recorder() {
	const events: string[] = [];
	const lifecycle = new Lifecycle();
	return {
		events,
		lifecycle,
		start: async (name: string) =>
			await lifecycle.start(
				name,
				() => events.push(`+${name}`),
				() => void events.push(`-${name}`),
			),
	};
}

test("lifecycle: stops in reverse order, and once", async () => {
	const { events, lifecycle, start } = recorder();
	await start("a");
	await start("b");
	await lifecycle.stop();
	await lifecycle.stop();
	assert.deepEqual(events, ["+a", "+b", "-b", "-a"]);
});

test("lifecycle: a failed start stops what had started and says which", async () => {
	const { events, lifecycle, start } = recorder();
	await start("a");
	await assert.rejects(
		lifecycle.start(
			"b",
			() => {
				throw new Error("no port");
			},
			() => undefined,
		),
		(error: AggregateError) => {
			assert.match(error.message, /b did not start/);
			assert.match(String(error.errors[0]), /no port/);
			return true;
		},
	);
	assert.deepEqual(events, ["+a", "-a"]);
});

test("lifecycle: one that does not stop keeps no other from stopping, and is named", async () => {
	const { events, lifecycle, start } = recorder();
	await start("a");
	await lifecycle.start(
		"stuck",
		() => undefined,
		() => {
			throw new Error("busy");
		},
	);
	await start("c");
	await assert.rejects(lifecycle.stop(), (error: AggregateError) => {
		assert.match(String(error.errors[0]), /stuck did not stop/);
		return true;
	});
	assert.deepEqual(events, ["+a", "+c", "-c", "-a"]);
});
