import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import confluent from "@kafkajs/confluent-schema-registry";
import fc from "fast-check";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { readContract } from "../schemas/contracts.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";

const ticket: ExecutionTicket = {
	ticket_id: "7d7bd8c6-9f0e-5d4c-8f3e-0123456789ab",
	plan_id: "plan-1",
	intent_id: "intenção-é-日本",
	decision_id: "d-1",
	correlation_id: null,
	trace_id: "t".repeat(32),
	span_id: null,
	task_id: "a",
	task_type: "BUILD",
	description: "",
	dependencies: ["x"],
	status: "PENDING",
	priority: "HIGH",
	risk_band: "low",
	sla: { deadline: 1_800_000_000_000, timeout_ms: 1_000, max_retries: 3 },
	qos: {
		delivery_mode: "EXACTLY_ONCE",
		consistency: "STRONG",
		durability: "PERSISTENT",
	},
	parameters: { "a b": "c" },
	required_capabilities: [],
	security_level: "INTERNAL",
	created_at: 1_700_000_000_000,
	started_at: null,
	completed_at: null,
	estimated_duration_ms: 5,
	actual_duration_ms: null,
	retry_count: 0,
	error_message: null,
	compensation_ticket_id: null,
	metadata: {},
	schema_version: 1,
};

function framed(id: number, payload: Buffer | string): Buffer {
	const frame = Buffer.alloc(5);
	frame.writeUInt32BE(id, 1);
	return Buffer.concat([frame, Buffer.from(payload as string)]);
}

test("codec: without a registry a ticket is JSON, and JSON is read", async () => {
	const codec = createCodec();
	const bytes = await codec.encodeTicket(ticket);
	assert.deepEqual(JSON.parse(bytes.toString()), ticket);
	assert.deepEqual(await codec.decode(bytes), ticket);
	assert.deepEqual(await codec.decode(Buffer.from("\ufeff[1]")), [1]);
	assert.deepEqual(await codec.decode(framed(1, '{"a":1}')), { a: 1 });
});

test("codec: with a registry a ticket is framed Avro that any Confluent client reads, registered once", async (t) => {
	const registry = await openSchemaRegistry(t);
	const codec = createCodec({
		registryUrl: `${registry.url}/`,
		ticketsTopic: "work",
	});
	const [bytes] = await Promise.all([
		codec.encodeTicket(ticket),
		codec.encodeTicket(ticket),
	]);
	assert.deepEqual(registry.requests, ["POST /subjects/work-value/versions"]);

	const other = new confluent.SchemaRegistry({ host: registry.url });
	assert.deepEqual(structuredClone(await other.decode(bytes)), ticket);
	assert.deepEqual(await codec.decode(bytes), ticket);
});

test("codec: reads with the schema of the writer, asks for it once", async (t) => {
	const registry = await openSchemaRegistry(t);
	const id = registry.add(
		"plans.consensus-value",
		JSON.stringify(readContract("consolidated-decision")),
	);
	const decision = {
		decision_id: "d",
		plan_id: "p",
		intent_id: "i",
		correlation_id: null,
		trace_id: null,
		span_id: "s",
		final_decision: "review_required",
		consensus_method: "bayesian",
		aggregated_confidence: 0.5,
		aggregated_risk: 1,
		specialist_votes: [],
		consensus_metrics: {
			divergence_score: 0,
			convergence_time_ms: 4,
			unanimous: true,
			fallback_used: false,
			pheromone_strength: 0,
			bayesian_confidence: 0,
			voting_confidence: 0,
		},
		explainability_token: "",
		reasoning_summary: "",
		compliance_checks: { ok: true },
		guardrails_triggered: [],
		cognitive_plan: '{"plan_id":"p"}',
		requires_human_review: false,
		created_at: 1_700_000_000_000,
		valid_until: 1_800_000_000_000,
		metadata: {},
		hash: "",
		schema_version: 1,
	};
	const bytes = await new confluent.SchemaRegistry({
		host: registry.url,
	}).encode(id, decision);
	registry.requests.length = 0;
	const codec = createCodec({ registryUrl: registry.url });
	const decoded = await Promise.all([
		codec.decode(bytes),
		codec.decode(bytes),
		codec.decode(bytes),
	]);
	assert.deepEqual(decoded, [decision, decision, decision]);
	await codec.decode(bytes);
	assert.deepEqual(registry.requests, [`GET /schemas/ids/${id}`]);
});

test("codec: follows references to schemas of other subjects", async (t) => {
	const registry = await openSchemaRegistry(t);
	registry.add(
		"risk",
		JSON.stringify({ type: "enum", name: "x.Risk", symbols: ["low", "high"] }),
	);
	const id = registry.add(
		"plan",
		JSON.stringify({
			type: "record",
			name: "x.Plan",
			fields: [{ name: "risk", type: "x.Risk" }],
		}),
		{ references: [{ name: "x.Risk", subject: "risk", version: 1 }] },
	);
	const codec = createCodec({ registryUrl: registry.url });
	assert.deepEqual(await codec.decode(framed(id, Buffer.from([2]))), {
		risk: "high",
	});
});

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

test("codec: brackets in strings are no nesting", async () => {
	const value = { text: '[{"\\'.repeat(10_000) };
	assert.deepEqual(
		await createCodec().decode(Buffer.from(JSON.stringify(value))),
		value,
	);
});

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

test("codec: a password in the registry's address becomes a header", async (t) => {
	const registry = await openSchemaRegistry(t);
	const seen: unknown[] = [];
	registry.interrupt = ({ headers }) => {
		seen.push(headers.authorization);
		return false;
	};
	await createCodec({
		registryUrl: registry.url.replace("//", "//me:p%40ss@"),
	}).encodeTicket(ticket);
	assert.deepEqual(seen, [
		`Basic ${Buffer.from("me:p@ss").toString("base64")}`,
	]);
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
