import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { answerBrokenRequest } from "../../src/http/answer-broken-request.ts";
import { openHttp } from "../support/http.ts";

const who = { actor: "ana", reason: "a test asks" };
/** Bodies that pass the check of their routes, where `who` does not. */
const bodies: Record<string, object> = {
	"/api/v1/plans/:plan_id/rerun": { ...who, task_id: "t" },
	"/api/v1/plans/:plan_id/priority": { ...who, priority: "high" },
	"/api/v1/tickets/:ticket_id/status": { status: "COMPLETED" },
	"/api/v1/workflows/:workflow_id/signal": {
		signal_name: "ticket_completed",
		data: { ticket_id: "t" },
	},
	"/api/v1/rollouts/:rollout/commands": { ...who, verb: "pause" },
	"/api/v1/workflows/:workflow_id/query": { query_name: "get_status" },
	"/api/v1/ml/models/:model_name/promote": { ...who, version: 1 },
};

test("problems: whatever is not there is said to be not found", async (t) => {
	const { app } = await openHttp(t, {
		deadLetters: {
			redrives: {
				isStarted: async () => false,
				start: async () => {},
				outcome: async () => undefined,
				read: async () => undefined,
				stop: async () => false,
			},
		},
	});
	const routes = app.listedRoutes.filter(
		({ method, role, url }) =>
			role !== "public" && method !== "HEAD" && url.includes("/:"),
	);
	const found: string[] = [];
	for (const { method, url } of routes) {
		const response = await app.inject({
			method: method as "GET",
			url: url.replace(/:\w+/g, "nowhere"),
			...(method !== "GET" && { payload: bodies[url] ?? who }),
		});
		if (response.statusCode !== 404) found.push(`${method} ${url}`);
		else assert.match(response.json().detail, /not found/, `${method} ${url}`);
	}
	assert.deepEqual(found, [
		// None of a plan that nobody knows is an answer of its own.
		"GET /api/v1/tickets/by-plan/:plan_id",
		// A task type is one of eight words: every other is a request that is not valid.
		"POST /api/v1/task-types/:task_type/pause",
		"POST /api/v1/task-types/:task_type/resume",
		// No event of a model is an answer of its own; a kind of event is one of a few words.
		"GET /api/v1/ml/audit/models/:name/history",
		"GET /api/v1/ml/audit/models/:name/timeline",
		"GET /api/v1/ml/audit/events/:event_type",
	]);
	const nowhere = await app.inject("/api/v1/nothing");
	assert.match(nowhere.json().detail, /not found/);
});

test("problems: a request that does not come to its end is told of the timeout", async (t) => {
	const error = Object.assign(new Error(), {
		code: "ERR_HTTP_REQUEST_TIMEOUT",
	});
	const server = createServer((peer) => answerBrokenRequest(error, peer));
	t.after(() => server.close());
	server.listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const answer = await text(connect(port, "127.0.0.1"));
	assert.match(answer, /^HTTP\/1\.1 408 .*"detail":"timeout: /s);
});
