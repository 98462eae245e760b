import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import type { ChangeListener } from "../../../src/plans/change-ports.ts";
import { eventually } from "../../support/eventually.ts";
import { openHttp } from "../../support/http.ts";
import { metricValue } from "../../support/stores.ts";

const MB = 1_048_576;
/** More than the sockets of both sides hold. */
const SIZE = 48 * MB;

for (const [what, pieces] of [
	["in our buffer", 48],
	["in the socket's", 1],
] as const)
	test(`GET /events: a reader that takes nothing, not even the end, holds neither its place nor the closing; it waits ${what}`, async (t) => {
		let listener: ChangeListener | undefined;
		const source = {
			follow: async (given: ChangeListener) => {
				listener = given;
				return "0-0";
			},
		};
		const outlet = { bufferBytes: 2 * SIZE, patienceMs: 100 };
		const { app, metrics } = await openHttp(t, {
			events: { source: { ...emptySource, ...source }, outlet },
		});
		const address = await app.listen({ port: 0, host: "127.0.0.1" });
		const { hostname, port } = new URL(address);
		const stalled = connect(Number(port), hostname);
		t.after(() => stalled.destroy());
		stalled.on("error", () => undefined);
		await once(stalled, "connect");
		stalled.write(`GET /api/v1/events HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
		await once(stalled, "data");
		stalled.pause();
		const json = JSON.stringify("x".repeat(SIZE / pieces));
		for (let n = 1; n <= pieces; n += 1) {
			const changes = [{ kind: "plan" as const, plan_id: "p", json }];
			listener?.onEntry({ id: `${n}-0`, isAfterLoss: false, changes });
		}
		const readers = () => metricValue(metrics, "orchestration_event_readers");
		assert.equal(await readers(), 1);
		let isClosed = false;
		const closed = app.close().then(() => {
			isClosed = true;
		});
		await eventually(() => isClosed);
		await closed;
		assert.equal(await readers(), 0);
	});

const emptySource = {
	leave: () => undefined,
	read: async () => [],
	bounds: async () => ({ oldest: "0-0", newest: "0-0" }),
};
