import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import {
	createServerEngine,
	type ServerEngineSettings,
} from "../../src/policy/server-engine.ts";
import { findFreePorts } from "../../stack/free-ports.ts";

const path = "neuralhive/orchestrator/resource_limits";
const inputs = { shared: {}, items: [{ resource: {} }] };
const soon = () => Date.now() + 5_000;

async function serve(t: TestContext, listener: RequestListener) {
	const server = createServer(listener).listen(0, "127.0.0.1");
	t.after(() => {
		server.closeAllConnections();
		server.close();
	});
	await new Promise((resolve) => server.once("listening", resolve));
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function engineAt(url: string, changes: Partial<ServerEngineSettings> = {}) {
	const errors: string[] = [];
	const engine = createServerEngine({
		url,
		timeoutMs: 2_000,
		retryAttempts: 0,
		circuit: { enabled: true, failureThreshold: 5, resetMs: 60_000 },
		onError: (type) => errors.push(type),
		...changes,
	});
	return { engine, errors };
}

const broken: { name: string; listener: RequestListener; type: string }[] = [
	{
		name: "404",
		listener: (_, reply) => reply.writeHead(404).end("{}"),
		type: "policy_not_found",
	},
	{
		name: "an error of the server",
		listener: (_, reply) => reply.writeHead(500).end('{"code": "internal"}'),
		type: "evaluation_error",
	},
	{
		name: "no JSON",
		listener: (_, reply) => reply.end("<html>"),
		type: "evaluation_error",
	},
	{
		name: "half an answer",
		listener: (_, reply) => {
			reply.writeHead(200, { "content-length": "100" });
			reply.write('{"res');
			reply.destroy();
		},
		type: "connection",
	},
];
for (const { name, listener, type } of broken)
	test(`OPA server: ${name} is no decision`, async (t) => {
		const { engine, errors } = engineAt(await serve(t, listener));
		await assert.rejects(engine.evaluate([path], inputs, soon()), {
			code: "POLICY_UNAVAILABLE",
		});
		assert.deepEqual(errors, [type]);
	});

const odd = ["null", "[]", '{"result": {}}', '{"result": [7]}', "{}"];
for (const text of odd)
	test(`OPA server: the answer ${text} is no decision`, async (t) => {
		const { engine } = engineAt(await serve(t, (_, reply) => reply.end(text)));
		await assert.rejects(engine.evaluate([path], inputs, soon()), {
			code: "POLICY_UNAVAILABLE",
		});
	});

test("OPA server: nobody listening, and a slow answer, are no decision within the time given", async (t) => {
	const [port] = await findFreePorts(1);
	const nobody = engineAt(`http://127.0.0.1:${port}`, { retryAttempts: 3 });
	await assert.rejects(nobody.engine.evaluate([path], inputs, soon()), {
		code: "POLICY_UNAVAILABLE",
	});
	assert.deepEqual(nobody.errors, Array(4).fill("connection"));
	const slow = engineAt(await serve(t, () => {}), { retryAttempts: 3 });
	await assert.rejects(slow.engine.evaluate([path], inputs, Date.now() + 100), {
		code: "POLICY_UNAVAILABLE",
	});
	assert.deepEqual(slow.errors, ["timeout"]);
});

test("OPA server: a try that fails is tried again", async (t) => {
	let requests = 0;
	const url = await serve(t, (_, reply) => {
		requests += 1;
		if (requests < 3) reply.writeHead(503).end();
		else reply.end('{"result": [{"p0": {"0": {"allow": true}}}]}');
	});
	const { engine } = engineAt(url, { retryAttempts: 3 });
	const documents = await engine.evaluate([path], inputs, soon());
	assert.deepEqual(documents, [{ [path]: { allow: true } }]);
});

test("OPA server: five failures open the circuit, a good answer after its time closes it", async (t) => {
	let isWell = false;
	let requests = 0;
	const url = await serve(t, (_, reply) => {
		requests += 1;
		if (isWell) reply.end('{"result": [{"p0": {"0": {"allow": true}}}]}');
		else reply.writeHead(500).end();
	});
	const moves: string[] = [];
	const { engine } = engineAt(url, {
		circuit: { enabled: true, failureThreshold: 5, resetMs: 1 },
		onCircuit: (from, to) => moves.push(`${from} -> ${to}`),
	});
	const ask = () => engine.evaluate([path], inputs, soon());
	for (let failure = 0; failure < 5; failure += 1)
		await assert.rejects(ask(), { code: "POLICY_UNAVAILABLE" });
	assert.equal(engine.circuit.report().state, "open");
	assert.equal(requests, 5);
	isWell = true;
	await new Promise((resolve) => setTimeout(resolve, 5));
	await ask();
	assert.deepEqual(moves, [
		"closed -> open",
		"open -> half-open",
		"half-open -> closed",
	]);
});

test("OPA server: while the circuit is open nobody asks it, and 404 does not open it", async (t) => {
	let requests = 0;
	let status = 404;
	const url = await serve(t, (_, reply) => {
		requests += 1;
		reply.writeHead(status).end();
	});
	const { engine } = engineAt(url, {
		circuit: { enabled: true, failureThreshold: 2, resetMs: 60_000 },
	});
	const ask = () =>
		assert.rejects(engine.evaluate([path], inputs, soon()), {
			code: "POLICY_UNAVAILABLE",
		});
	for (let failure = 0; failure < 5; failure += 1) await ask();
	assert.equal(requests, 5);
	status = 500;
	for (let failure = 0; failure < 5; failure += 1) await ask();
	assert.equal(requests, 7);
});

test("OPA server: questions whose time ends in our own line say nothing about the server", async (t) => {
	const replies: (() => void)[] = [];
	const url = await serve(t, (_, reply) => {
		replies.push(() => reply.end('{"result": [{"p0": {"0": {}}}]}'));
	});
	const { engine, errors } = engineAt(url, {
		circuit: { enabled: true, failureThreshold: 1, resetMs: 60_000 },
	});
	const first = Array.from({ length: 20 }, () =>
		engine.evaluate([path], inputs, soon()),
	);
	const late = Array.from({ length: 200 }, () =>
		engine.evaluate([path], inputs, Date.now() + 1),
	);
	const settled = Promise.allSettled(late);
	await assert.rejects(
		engine.evaluate([path], inputs, soon()),
		/220 questions/,
	);
	while (replies.length < 20) await new Promise(setImmediate);
	for (const reply of replies) reply();
	await Promise.all(first);
	const outcomes = (await settled).map((it) =>
		it.status === "rejected" ? (it.reason as { code: string }).code : "",
	);
	assert.deepEqual([...new Set(outcomes)], ["POLICY_UNAVAILABLE"]);
	assert.deepEqual(errors, []);
	assert.equal(replies.length, 20);
	assert.equal(engine.circuit.report().failureCount, 0);
});

for (const [status, text] of [
	[400, "{}"],
	[500, '{"code": "internal_error", "errors": [{"code": "eval_conflict"}]}'],
] as const)
	test(`OPA server: a question that it cannot judge (${status}) is no decision, and closes it to no other`, async (t) => {
		let requests = 0;
		const url = await serve(t, (_, reply) => {
			requests += 1;
			reply.writeHead(status).end(text);
		});
		const { engine } = engineAt(url, {
			retryAttempts: 3,
			circuit: { enabled: true, failureThreshold: 1, resetMs: 60_000 },
		});
		for (let asked = 1; asked <= 3; asked += 1) {
			await assert.rejects(engine.evaluate([path], inputs, soon()), {
				code: "POLICY_UNAVAILABLE",
			});
			assert.equal(requests, asked);
		}
	});
