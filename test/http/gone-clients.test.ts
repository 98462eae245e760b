import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { openHttp } from "../support/http.ts";

for (const [what, request] of [
	["asked", "GET /api/v1/plans/p HTTP/1.1\r\nhost: localhost\r\n\r\n"],
	[
		"sends",
		"POST /api/v1/plans HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n",
	],
] as const)
	test(`server: a client that ${what} and goes before anybody knew its address ends nothing`, async (t) => {
		const asked = Promise.withResolvers<void>();
		const answer = Promise.withResolvers<undefined>();
		const { app } = await openHttp(t, {
			stored: {
				readPlan: async () => {
					asked.resolve();
					return await answer.promise;
				},
			},
		});
		const gone = new Promise<void>((resolve) => {
			app.server.on("request", (_request, response) => {
				response.once("close", () => setImmediate(resolve));
			});
		});
		const { port } = new URL(await app.listen({ port: 0, host: "127.0.0.1" }));
		const client = connect(Number(port), "127.0.0.1");
		await once(client, "connect");
		client.write(request);
		if (what === "asked") await asked.promise;
		else await once(app.server, "request");
		client.resetAndDestroy();
		await gone;
		answer.resolve(undefined);
		const alive = await fetch(`http://127.0.0.1:${port}/live`);
		assert.equal(alive.status, 200);
	});
