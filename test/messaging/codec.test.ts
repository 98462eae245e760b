import assert from "node:assert/strict";
import { test } from "node:test";
import confluent from "@kafkajs/confluent-schema-registry";
import { createApprovalRequest } from "../../src/domain/approval-request.ts";
import { readPlan } from "../../src/domain/read-plan.ts";
import { requestAsPlan } from "../../src/domain/request-as-plan.ts";
import { createCodec } from "../../src/messaging/codec.ts";
import { readContract } from "../schemas/contracts.ts";
import { identity } from "../support/executions.ts";
import { planJson } from "../support/plans.ts";
import { openSchemaRegistry } from "../support/schema-registry.ts";
import { framed, ticket } from "./codec-inputs.ts";

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

test("codec: brackets in strings are no nesting", async () => {
	const value = { text: '[{"\\'.repeat(10_000) };
	assert.deepEqual(
		await createCodec().decode(Buffer.from(JSON.stringify(value))),
		value,
	);
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

test("codec: requests for approval are Avro only when that is asked for, under the contract of plans", async (t) => {
	const registry = await openSchemaRegistry(t);
	const settings = { registryUrl: registry.url };
	const json = await createCodec(settings).encodeApprovalRequest(request);
	assert.equal(JSON.parse(String(json)).plan_hash, request.plan_hash);
	const codec = createCodec({ ...settings, approvalRequests: "avro" });
	const avro = await codec.encodeApprovalRequest(request);
	assert.deepEqual(registry.requests, [
		"POST /subjects/cognitive-plans-approval-requests-value/versions",
	]);
	assert.deepEqual(await codec.decode(avro), requestAsPlan(request));
	const without = createCodec({ approvalRequests: "avro" });
	assert.deepEqual(await without.encodeApprovalRequest(request), json);
});

test("codec: a schema whose references are gone makes a message undecodable, for a while", async (t) => {
	const registry = await openSchemaRegistry(t);
	const fields = [{ name: "risk", type: "x.Risk" }];
	const id = registry.add(
		"plan",
		JSON.stringify({ type: "record", name: "x.Plan", fields }),
		{ references: [{ name: "x.Risk", subject: "risk", version: 1 }] },
	);
	const codec = createCodec({ registryUrl: registry.url });
	const bytes = framed(id, Buffer.from([2]));
	const undecodable = {
		code: "MESSAGE_UNDECODABLE",
		message: /has no .subjects.risk.versions.1, which its schema names/,
	};
	await assert.rejects(codec.decode(bytes), undecodable);
	const asked = registry.requests.length;
	await assert.rejects(codec.decode(bytes), undecodable);
	assert.equal(registry.requests.length, asked);
	await codec.ping();
	registry.interrupt = (_, response) => {
		response.writeHead(500).end();
		return true;
	};
	await assert.rejects(codec.ping(), { code: "REGISTRY_UNAVAILABLE" });
});

const request = createApprovalRequest({
	chain: "orch-p-1:run-1",
	identity,
	decision: {},
	plan: readPlan(planJson([["a"]])).plan,
	published: planJson([["a"]]),
	planHash: "0".repeat(64),
	expiresAt: 2_000,
	reminder: 0,
	nowMs: 1_000,
});
