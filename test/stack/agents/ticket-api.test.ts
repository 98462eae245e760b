import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { createTicketApi } from "../../../stack/agents/ticket-api.ts";

/** A ticket service that answers every question the same way. */
async function serve(t: TestContext, status: number, body: string) {
	const paths: string[] = [];
	const server = createServer((request, response) => {
		paths.push(request.url ?? "");
		response.writeHead(status, { "content-type": "application/json" });
		response.end(body);
	});
	await new Promise<void>((resolve) =>
		server.listen(0, "127.0.0.1", () => resolve()),
	);
	t.after(() => server.close());
	const { port } = server.address() as AddressInfo;
	return { api: createTicketApi(`http://127.0.0.1:${port}`), paths };
}

const { signal } = new AbortController();

const cases = [
	{ status: 200, body: '{"status":"COMPLETED"}', kind: "completed" },
	{ status: 200, body: '{"status":"FAILED"}', kind: "failed" },
	{ status: 200, body: '{"status":"COMPENSATED"}', kind: "failed" },
	{ status: 200, body: '{"status":"RUNNING"}', kind: "open" },
	{ status: 200, body: "null", kind: "open" },
	{ status: 200, body: "<html>", kind: "open" },
	{ status: 404, body: '{"status":"FAILED"}', kind: "open" },
	{ status: 503, body: "{}", kind: "open" },
] as const;

for (const { status, body, kind } of cases) {
	test(`createTicketApi: ${status} ${body} is ${kind}`, async (t) => {
		const { api, paths } = await serve(t, status, body);
		assert.equal((await api.status("t/1 ä", signal)).kind, kind);
		assert.deepEqual(paths, ["/api/v1/tickets/t%2F1%20%C3%A4"]);
	});
}

test("createTicketApi: a failed ticket says why", async (t) => {
	const body = '{"status":"FAILED","error_message":"disk full"}';
	const { api } = await serve(t, 200, body);
	assert.deepEqual(await api.status("t-1", signal), {
		kind: "failed",
		message: "is FAILED: disk full",
	});
});

test("createTicketApi: an API that is away leaves the ticket open", async () => {
	const api = createTicketApi("http://127.0.0.1:1");
	assert.equal((await api.status("t-1", signal)).kind, "open");
});
