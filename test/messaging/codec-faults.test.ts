import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { readContract } from "../schemas/contracts.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";
import { framed, ticket } from "./codec-inputs.ts";

const undecodable = [
	{ name: "nothing", bytes: Buffer.alloc(0), message: /message is empty/ },
	{ name: "no JSON", bytes: Buffer.from("{"), message: /it is no JSON/ },
	{
		name: "no UTF-8",
		bytes: Buffer.from([0x22, 0xff, 0x22]),
		message: /no UTF-8/,
	},
	{
		name: "short and beginning with zero",
		bytes: Buffer.from([0, 1, 2]),
		message: /it is no JSON/,
	},
	{
		name: "nested a million deep",
		bytes: Buffer.from("[".repeat(1_000_000)),
		message: /nested deeper than 512/,
	},
	{
		name: "nested a million deep, objects",
		bytes: Buffer.from('{"a":'.repeat(1_000_000)),
		message: /nested deeper than 512/,
	},
	{
		name: "more than 10 MB",
		bytes: Buffer.alloc(10 * 1_048_576 + 1, 0x20),
		message: /at most 10485760 are read/,
	},
	{
		name: "framed Avro without a registry",
		bytes: framed(77, Buffer.from([2])),
		message: /schema 77, and KAFKA_SCHEMA_REGISTRY_URL is not set/,
	},
];
for (const { name, bytes, message } of undecodable) {
	test(`codec: a message that is ${name} is undecodable and says why`, async () => {
		await assert.rejects(createCodec().decode(bytes), {
			code: "MESSAGE_UNDECODABLE",
			message,
		});
	});
}

test("codec: any bytes give a value or MESSAGE_UNDECODABLE", async (t) => {
	const registry = await openSchemaRegistry(t);
	const id = registry.add(
		"t-value",
		JSON.stringify(readContract("execution-ticket")),
	);
	const codec = createCodec({ registryUrl: registry.url });
	await fc.assert(
		fc.asyncProperty(
			fc.uint8Array({ maxLength: 40 }),
			fc.boolean(),
			async (noise, isFramed) => {
				const bytes = Buffer.from(noise);
				await codec
					.decode(isFramed ? framed(id, bytes) : bytes)
					.catch((error) => assert.equal(error.code, "MESSAGE_UNDECODABLE"));
			},
		),
	);
});

test("codec: cut-off Avro and an unknown schema are final, and the registry is not asked again for a while", async (t) => {
	const registry = await openSchemaRegistry(t);
	const codec = createCodec({ registryUrl: registry.url });
	const bytes = await codec.encodeTicket(ticket);
	await assert.rejects(codec.decode(bytes.subarray(0, 40)), {
		code: "MESSAGE_UNDECODABLE",
		message: /as Avro with schema 1 \(the bytes are cut off\)/,
	});
	registry.requests.length = 0;
	await assert.rejects(codec.decode(framed(99, Buffer.from([2]))), {
		code: "MESSAGE_UNDECODABLE",
		message: /has no schema 99/,
	});
	await assert.rejects(codec.decode(framed(99, Buffer.from([2]))), {
		code: "MESSAGE_UNDECODABLE",
	});
	await assert.rejects(codec.decode(framed(0xffffffff, Buffer.from([2]))), {
		code: "MESSAGE_UNDECODABLE",
		message: /has no schema 4294967295/,
	});
	assert.deepEqual(registry.requests, ["GET /schemas/ids/99"]);
	assert.deepEqual(await codec.decode(framed(99, '{"a":1}')), { a: 1 });
});

test("codec: JSON behind the frame of a JSON schema is read, Protobuf is final", async (t) => {
	const registry = await openSchemaRegistry(t);
	const json = registry.add("j", "{}", { schemaType: "JSON" });
	const protobuf = registry.add("p", "syntax", { schemaType: "PROTOBUF" });
	const broken = registry.add("b", '{"type":"nonsense"}');
	const codec = createCodec({ registryUrl: registry.url });
	assert.deepEqual(await codec.decode(framed(json, '{"a":1}')), { a: 1 });
	await assert.rejects(codec.decode(framed(protobuf, "xx")), {
		code: "MESSAGE_UNDECODABLE",
		message: /is PROTOBUF, not Avro/,
	});
	await assert.rejects(codec.decode(framed(broken, "xx")), {
		code: "MESSAGE_UNDECODABLE",
		message: /cannot be parsed/,
	});
});

const outages: { name: string; interrupt: Parameters<typeof withOutage>[1] }[] =
	[
		{
			name: "answers 500",
			interrupt: (_, response) =>
				response.writeHead(500).end('{"message":"overloaded"}'),
		},
		{
			name: "answers null",
			interrupt: (_, response) =>
				response
					.writeHead(500, { "content-type": "application/json" })
					.end("null"),
		},
		{
			name: "answers 404 as a wrong address does",
			interrupt: (_, response) => response.writeHead(404).end("<html>"),
		},
		{
			name: "breaks the connection",
			interrupt: (request) => request.socket.destroy(),
		},
		{
			name: "breaks off its answer",
			interrupt: (request, response) => {
				response.writeHead(200, { "content-length": 100 });
				response.write("{");
				setImmediate(() => request.socket.destroy());
			},
		},
	];
for (const { name, interrupt } of outages) {
	test(`codec: a registry that ${name} is unavailable, and works again afterwards`, async (t) => {
		const { registry, codec, bytes } = await withOutage(t, interrupt);
		for (const action of [
			() => codec.decode(bytes),
			() => codec.encodeTicket(ticket),
		]) {
			await assert.rejects(action(), {
				code: "REGISTRY_UNAVAILABLE",
				message: new RegExp(
					`the schema registry at ${registry.url}: .*KAFKA_SCHEMA_REGISTRY_URL`,
				),
			});
		}
		registry.interrupt = () => false;
		assert.deepEqual(await codec.decode(bytes), ticket);
		assert.deepEqual(await codec.encodeTicket(ticket), bytes);
	});
}

async function withOutage(
	t: TestContext,
	interrupt: (
		...args: Parameters<
			Awaited<ReturnType<typeof openSchemaRegistry>>["interrupt"]
		>
	) => unknown,
) {
	const registry = await openSchemaRegistry(t);
	const bytes = await createCodec({ registryUrl: registry.url }).encodeTicket(
		ticket,
	);
	registry.interrupt = (request, response) => {
		interrupt(request, response);
		return true;
	};
	return { registry, bytes, codec: createCodec({ registryUrl: registry.url }) };
}

test("codec: nobody at the registry's address is unavailable", async () => {
	const codec = createCodec({ registryUrl: "http://127.0.0.1:9" });
	await assert.rejects(codec.decode(framed(1, "x")), {
		code: "REGISTRY_UNAVAILABLE",
	});
});

test("codec: a ticket that breaks its contract names the field", async (t) => {
	const registry = await openSchemaRegistry(t);
	const codec = createCodec({ registryUrl: registry.url });
	const broken = {
		...ticket,
		sla: { ...ticket.sla, timeout_ms: "soon" },
	} as unknown as ExecutionTicket;
	await assert.rejects(codec.encodeTicket(broken), {
		code: "MESSAGE_INVALID",
		message: /sla\.timeout_ms is 'soon'/,
	});
});
