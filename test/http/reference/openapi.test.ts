import assert from "node:assert/strict";
import { test } from "node:test";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { readDecision } from "../../../src/domain/read-decision.ts";
import { areas } from "../../../src/http/reference/areas.ts";
import { operationExamples } from "../../../src/http/reference/examples.ts";
import { openHttp } from "../../support/http.ts";
import { passedPlan } from "../../support/plans.ts";

interface Operation {
	operationId: string;
	tags: string[];
	summary: string;
	security: object[];
	"x-required-role": string;
	responses: Record<string, { content?: Record<string, unknown> }>;
}

async function readDocument(t: Parameters<typeof openHttp>[0]) {
	const { app } = await openHttp(t, {}, [], { asyncApi: {} });
	const response = await app.inject("/openapi.json");
	assert.equal(response.statusCode, 200);
	const document = response.json();
	const paths: Record<string, Record<string, Operation>> = document.paths;
	const operations = Object.entries(paths).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({
			place: `${method.toUpperCase()} ${path}`,
			...operation,
		})),
	);
	return { app, text: response.body, document, operations };
}

test("openapi: the document is OpenAPI 3.1, and its linter finds nothing", async (t) => {
	const { text, document } = await readDocument(t);
	assert.equal(document.openapi, "3.1.0");
	const config = await createConfig({
		extends: ["recommended-strict"],
		rules: {
			// Our router takes the words of a path before its parameters.
			"no-ambiguous-paths": "off",
			"info-license": "off",
		},
	});
	const problems = await lintFromString({
		source: text,
		absoluteRef: "openapi.json",
		config,
	});
	assert.deepEqual(
		problems.map(
			({ ruleId, message, location }) =>
				`${ruleId}: ${message} ${location[0]?.pointer}`,
		),
		[],
	);
});

test("openapi: every route that needs a role is in it, with that role", async (t) => {
	const { app, operations } = await readDocument(t);
	const role = new Map(
		operations.map((one) => [one.place, one["x-required-role"]]),
	);
	for (const route of app.listedRoutes) {
		if (route.role === "public" || route.method === "HEAD") continue;
		const path = route.url.replace(/\/:(\w+)/g, "/{$1}");
		assert.equal(role.get(`${route.method} ${path}`), route.role, path);
	}
});

test("openapi: every operation says what it is, where it belongs, what it needs", async (t) => {
	const { operations } = await readDocument(t);
	const known = areas.map(({ name }) => name as string);
	const ids = operations.map(({ operationId }) => operationId);
	assert.equal(new Set(ids).size, ids.length);
	for (const operation of operations) {
		const { place, summary, tags, security, responses } = operation;
		assert.ok(summary, place);
		assert.ok(tags.length > 0 && tags.every((tag) => known.includes(tag)));
		const isOpen = operation["x-required-role"] === "public";
		assert.equal(security.length, isOpen ? 0 : 1, place);
		for (const status of ["4XX", "5XX"]) {
			assert.deepEqual(
				Object.keys(responses[status]?.content ?? {}),
				["application/problem+json"],
				`${place} ${status}`,
			);
		}
	}
	for (const id of Object.keys(operationExamples)) assert.ok(ids.includes(id));
});

test("openapi: the example of a plan is one that is taken", () => {
	const body = operationExamples.submitPlan?.body;
	assert.ok(readDecision(body).ok);
	assert.ok(
		passedPlan({ ...(body as object), plan_id: "p-1" }).plan.tasks.length > 0,
	);
});

test("openapi: what has a default need not be sent", async (t) => {
	const { app, document } = await readDocument(t);
	const { parameters } = document.paths["/api/v1/plans"].get;
	const limit = parameters.find(
		({ name }: { name: string }) => name === "limit",
	);
	assert.notEqual(limit.required, true);
	assert.equal(limit.schema.default, 50);
	assert.equal((await app.inject("/api/v1/plans")).statusCode, 200);
	const { schema } =
		document.paths["/api/v1/dead-letters:redrive"].post.requestBody.content[
			"application/json"
		];
	assert.ok(!schema.required.includes("rate_per_second"));
});
