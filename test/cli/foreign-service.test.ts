import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { openHttp } from "../support/http.ts";
import { runCli } from "./support/run-cli.ts";

interface ForeignAnswer {
	status: number;
	type?: string;
	body: string;
}

/** Something that is not the orchestrator, and answers everything the same. */
async function foreignService(
	t: TestContext,
	{ status, type = "application/json", body }: ForeignAnswer,
): Promise<string> {
	const server = createServer((_request, response) => {
		response.writeHead(status, { "content-type": type }).end(body);
	});
	t.after(() => server.close());
	return await listenAnywhere(server);
}

async function listenAnywhere(server: Server): Promise<string> {
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ask = (url: string, ...more: string[]) =>
	runCli(["plans", "get", "p", "--json", ...more], {
		env: { ORCHESTRATOR_URL: url },
	});

const problem = { type: "about:blank", title: "Not Found", status: 404 };

test("cli: what another service says is no word about a plan", async (t) => {
	const answers: ForeignAnswer[] = [
		{ status: 404, body: '{"detail":"Not Found"}' },
		{ status: 404, body: '{"code":"NOT_FOUND","message":"no such thing"}' },
		{ status: 404, body: '{"code":"PLAN_NOT_FOUND","detail":"no plan"}' },
		{
			status: 404,
			type: "application/problem+json",
			body: JSON.stringify({ ...problem, detail: "no such page" }),
		},
		{ status: 404, type: "text/html", body: "<h1>404</h1>" },
		{ status: 400, body: '{"error":"bad request"}' },
		{ status: 405, body: '{"error":"method"}' },
		{ status: 409, body: '{"error":"conflict"}' },
		{ status: 422, body: '{"detail":[{"loc":["path"],"msg":"wrong"}]}' },
		{ status: 500, type: "text/plain", body: "oops" },
		{ status: 200, type: "text/html", body: "<h1>welcome</h1>" },
	];
	for (const answer of answers) {
		const url = await foreignService(t, answer);
		const run = await ask(url);
		const said = `${answer.status} ${answer.body}: ${run.stderr}`;
		assert.equal(run.code, 6, said);
		assert.match(run.stderr, /this is not the orchestrator/, said);
		assert.ok(run.stderr.includes(url), said);
		assert.equal(JSON.parse(run.stdout).error.exit_code, 6);
	}
});

test("cli: a proxy before the service may speak for itself", async (t) => {
	for (const [status, code] of [
		[401, 5],
		[403, 5],
		[502, 6],
		[503, 6],
	] as const) {
		const body = "<h1>proxy</h1>";
		const url = await foreignService(t, { status, type: "text/html", body });
		const run = await ask(url);
		assert.equal(run.code, code, run.stderr);
		assert.doesNotMatch(run.stderr, /not the orchestrator/);
	}
});

test("cli: the orchestrator's own problems keep their exit codes", async (t) => {
	const { app } = await openHttp(t);
	const url = await app.listen({ port: 0, host: "127.0.0.1" });
	const absent = await ask(url);
	assert.equal(absent.code, 3, absent.stderr);
	assert.match(absent.stderr, /plan p not found/);
	const nobody = await runCli(["plans", "cancel", "p", "--reason", ""], {
		env: { ORCHESTRATOR_URL: url, USER: "", LOGNAME: "" },
	});
	assert.equal(nobody.code, 2, nobody.stderr);
});

test("cli: a service that is too slow ends with 6 and says timeout", async (t) => {
	const server = createServer(() => undefined);
	t.after(() => server.closeAllConnections());
	t.after(() => server.close());
	const run = await ask(await listenAnywhere(server), "--timeout", "200ms");
	assert.equal(run.code, 6, run.stderr);
	assert.match(run.stderr, /timeout: no answer within 200 ms/);
});
