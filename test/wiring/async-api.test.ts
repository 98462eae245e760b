import assert from "node:assert/strict";
import { test } from "node:test";
import { Parser } from "@asyncapi/parser";
import { Value } from "typebox/value";
import { deadLetterEnvelopeSchema } from "../../schemas/dead-letter-envelope.ts";
import { createPutDeadLetter } from "../../src/dead-letters/put-dead-letter.ts";
import { redriveHeaderNames } from "../../src/dead-letters/read-letter.ts";
import {
	headerText,
	type RecordHeader,
} from "../../src/domain/record-headers.ts";
import { createRedact } from "../../src/domain/redact.ts";
import { toRetryRecord } from "../../src/intake/retry-record.ts";
import type { Producer } from "../../src/messaging/producer.ts";
import { createPublishers } from "../../src/messaging/publishers.ts";
import { createTopicTable } from "../../src/messaging/topics.ts";
import { withinSpan } from "../../src/trace-span.ts";
import { describeMessages } from "../../src/wiring/async-api.ts";
import { topicContracts } from "../../src/wiring/topic-contracts.ts";
import { ticketDocument } from "../support/http.ts";
import {
	keepMetrics,
	keepSent,
	silentLog,
	someRead,
	someRecord,
} from "../support/intake-stand-ins.ts";

import { openTestTracing } from "../support/tracing.ts";

const topics = createTopicTable({ prefix: "t." });
const document = describeMessages(topics, { version: "1.2.3" });

test("asyncapi: the document is AsyncAPI 3, and its parser finds nothing wrong", async () => {
	const { document: parsed, diagnostics } = await new Parser().parse(
		JSON.stringify(document),
	);
	assert.deepEqual(
		diagnostics
			// That 3.1 exists is no fault.
			.filter(({ code }) => code !== "asyncapi-latest-version")
			.map(({ code, message, path }) => `${code} ${message} ${path.join(".")}`),
		[],
	);
	assert.equal(parsed?.version(), "3.0.0");
	const addresses = parsed?.channels().map((channel) => channel.address());
	const names = Object.values(topics).map(({ name }) => name);
	assert.deepEqual(addresses?.sort(), names.sort());
	for (const message of parsed?.allMessages().all() ?? []) {
		assert.ok(message.payload(), message.id());
		assert.ok(message.bindings().get("kafka"), message.id());
	}
});

const described = (role: keyof typeof topicContracts) =>
	Object.keys(topicContracts[role].headers);

function assertDescribed(
	headers: readonly RecordHeader[],
	role: keyof typeof topicContracts,
): void {
	for (const { name } of headers) {
		assert.ok(described(role).includes(name), `${role}: ${name}`);
	}
}

test("asyncapi: dead letters have the headers and the form it says", async () => {
	const producer = keepSent();
	const open = (maxMessageBytes: number) =>
		createPutDeadLetter({
			...{ producer, metrics: keepMetrics(), log: silentLog },
			topic: { name: "t.plans.consensus.dlq", maxMessageBytes },
		});
	const record = someRecord({ value: Buffer.alloc(2_000, "x") });
	for (const maxBytes of [1_000_000, 4_000, 1]) {
		await open(maxBytes)(record, { code: "LATE", message: "m" });
	}
	const forms = producer.sent.map(({ headers }) =>
		headerText(headers, "dlq-form"),
	);
	assert.deepEqual(forms, ["envelope", "raw", "reference"]);
	for (const { headers, value } of producer.sent) {
		assertDescribed(headers, "consensusDlq");
		if (headerText(headers, "dlq-form") === "raw") continue;
		const envelope = JSON.parse(String(value));
		assert.ok(
			Value.Check(deadLetterEnvelopeSchema, envelope),
			JSON.stringify(Value.Errors(deadLetterEnvelopeSchema, envelope)),
		);
	}
});

test("asyncapi: retries and what is sent back have the headers it says", () => {
	const original = someRecord({ value: Buffer.alloc(100_000, " ") });
	const delivery = { original, firstSeenMs: 1, retryCount: 0 };
	const { headers } = toRetryRecord("t", delivery, someRead(), {
		reason: "no-plan",
	});
	for (const role of ["resultsRetry", "resultsRetry4"] as const)
		assertDescribed(headers, role);
	for (const name of Object.values(redriveHeaderNames)) {
		for (const role of ["consensus", "results", "approvalResponses"] as const) {
			assert.ok(described(role).includes(name), `${role}: ${name}`);
		}
	}
});

test("asyncapi: what is published has the headers it says", async (t) => {
	const producer = keepSent();
	const publishers = createPublishers({
		producer: { ...producer, close: async () => undefined } as Producer,
		topics,
		encodeTicket: async () => Buffer.alloc(0),
		encodeApprovalRequest: async () => Buffer.alloc(0),
		redact: createRedact([]),
		metrics: {
			produced: () => undefined,
			incident: () => undefined,
			failed: () => undefined,
		},
	});
	const bounds = {} as never;
	const ids = { plan_id: "p", intent_id: "i", incident_id: "n" };
	const about = { ...ids, reminder: 0 } as never;
	const trace = { trace_id: "a".repeat(32), span_id: "b".repeat(16) };
	const batch = {
		plan_id: "p",
		partition_key: "plan" as const,
		tokens: { "1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10": "eyJ.eyJ.c2ln" },
		tickets: [
			ticketDocument({
				...trace,
				ticket_id: "1d1a4f3e-58a3-5c51-9f0e-0c1f4c3a2b10",
			}),
		],
	};
	await openTestTracing(t, {});
	await withinSpan({ ...trace, sampled: true }, async () => {
		await publishers.publishTickets(batch as never, bounds);
		await publishers.publishFrames([about], bounds);
		await publishers.publishIncident(about, bounds);
		await publishers.publishApprovalRequest(about, bounds);
	});
	const roles = ["tickets", "telemetry", "incidents", "approvalRequests"];
	for (const [index, role] of roles.entries()) {
		const headers = producer.sent[index]?.headers ?? [];
		assert.deepEqual(
			headers.map(({ name }) => name).sort(),
			described(role as "tickets").sort(),
		);
	}
});

test("asyncapi: whatever is sent says that it may come again, and by what it is known then", () => {
	interface Described {
		description?: string;
		"x-delivery"?: string;
		"x-deduplicate-by"?: string[];
		headers: { properties: object };
		payload: { $ref: string };
	}
	const { messages, schemas } = (
		document as {
			components: {
				messages: Record<string, Described>;
				schemas: Record<string, { properties?: object }>;
			};
		}
	).components;
	const keys: Record<string, string[]> = {};
	for (const [role, { does, messages: own }] of Object.entries(
		topicContracts,
	)) {
		if (!does.includes("send")) continue;
		for (const { name } of own) {
			const message = messages[`${role}.${name}`];
			assert.equal(message?.["x-delivery"], "at-least-once", role);
			assert.match(message.description ?? "", /at least once/, role);
			const schema = schemas[message.payload.$ref.split("/").at(-1) ?? ""];
			keys[role] = (message["x-deduplicate-by"] ?? []).map((place) => {
				const [, part, field = ""] =
					/^\$message\.(payload|header)#\/([\w-]+)$/.exec(place) ?? [];
				const fields =
					part === "header" ? message.headers.properties : schema?.properties;
				assert.ok(fields && field in fields, `${role}: ${place}`);
				return field;
			});
			assert.ok((keys[role] ?? []).length > 0, role);
		}
	}
	assert.deepEqual(
		[keys.telemetry, keys.tickets, keys.incidents],
		[["frame_id"], ["ticket_id"], ["incident_id"]],
	);
});
