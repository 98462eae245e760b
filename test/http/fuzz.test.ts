import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MAX_JSON_DEPTH } from "../../src/domain/parse-json.ts";
import { openDryRuns } from "../support/dry-runs.ts";
import { openHttp } from "../support/http.ts";

const words = fc.constantFrom(
	...["api", "v1", "plans", "tickets", "by-plan", "why", "cancel", "approve"],
	...["live", "ready", "health", "metrics", "%", "%ff", "..", "//", "?", "#"],
);
const segment = fc.oneof(
	words,
	fc.string({ unit: "binary" }).map((text) => {
		try {
			return encodeURIComponent(text);
		} catch {
			// A lone surrogate has no encoding.
			return "%ED%A0%80";
		}
	}),
);
const path = fc.oneof(
	fc.array(segment, { maxLength: 6 }).map((parts) => `/${parts.join("/")}`),
	segment.map((id) => `/api/v1/plans/${id}`),
	segment.map((id) => `/api/v1/tickets/${id}?limit=${id}`),
	segment.map((text) => `/api/v1/plans?cursor=${text}`),
	fc
		.constantFrom("cancel", "pause", "resume", "approve", "reject")
		.map((name) => `/api/v1/plans/p/${name}`),
	fc.constant("/api/v1/plans"),
);
const body = fc.oneof(
	fc.json({ maxDepth: 6 }),
	fc.string({ unit: "binary" }),
	fc.constantFrom(
		"",
		"null",
		"[]",
		'{"__proto__":{"a":1}}',
		'{"constructor":{"prototype":{}}}',
		"[".repeat(50_000),
		'{"actor":{"toString":1},"reason":[]}',
	),
);
const contentType = fc.constantFrom(
	...["application/json", "application/json; charset=utf-16", "text/plain"],
	...["application/octet-stream", "multipart/form-data", "nonsense", ""],
);
const method = fc.constantFrom(
	...(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"] as const),
);

test("http: any method, path and body has a clear answer, never 5xx", async (t) => {
	const { app } = await openHttp(t);
	await fc.assert(
		fc.asyncProperty(method, path, contentType, body, async (...request) => {
			const [verb, url, type, payload] = request;
			const response = await app.inject({
				method: verb,
				url,
				headers: { "content-type": type },
				payload,
			});
			assert.ok(response.statusCode < 500, `${response.statusCode}`);
			if (response.statusCode >= 400 && verb !== "HEAD") {
				const problem = response.json();
				assert.equal(problem.status, response.statusCode);
				assert.equal(typeof problem.code, "string");
				assert.ok(problem.detail.length > 0);
			}
		}),
		{ numRuns: 600 },
	);
	assert.equal((await app.inject("/live")).statusCode, 200);
});

/** Valid JSON, nested so deep. */
const lists = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const objects = (depth: number) =>
	`${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
const bodies = (deep: string) => [
	deep,
	`{"decision_id":"d","plan_id":"p","cognitive_plan":${deep}}`,
	`{"plan_id":"p","tasks":[{"task_id":"t","parameters":${deep}}]}`,
	`{"actor":"a","reason":"r","body":${deep},"ids":["a"],"rate_per_second":1}`,
];

test("http: valid JSON of any depth has a clear answer on every route that takes some", async (t) => {
	const { app } = await openHttp(t, { dryRuns: openDryRuns(t) });
	// The public ones only say that there is no such method.
	const posts = app.listedRoutes.filter(
		({ method, role }) => method === "POST" && role !== "public",
	);
	assert.ok(posts.length >= 12);
	const ask = async (url: string, payload: string) =>
		await app.inject({
			method: "POST",
			url: url.replaceAll(/\/:\w+/g, "/p"),
			headers: { "content-type": "application/json" },
			payload,
		});
	for (const { url } of posts) {
		for (const deep of [lists, objects]) {
			for (const depth of [MAX_JSON_DEPTH + 1, 5_000, 100_000]) {
				for (const body of bodies(deep(depth))) {
					const response = await ask(url, body);
					const { code, path } = response.json();
					assert.deepEqual(
						[response.statusCode, code, path],
						[422, "REQUEST_INVALID", "$.body"],
						`${url} ${depth}`,
					);
				}
			}
			for (const body of bodies(deep(MAX_JSON_DEPTH - 8))) {
				const { statusCode } = await ask(url, body);
				assert.ok(statusCode < 500, `${url} ${statusCode}`);
			}
		}
	}
});
