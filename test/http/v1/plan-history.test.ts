import assert from "node:assert/strict";
import { test } from "node:test";
import {
	nodesOfPlan,
	type StoredNode,
} from "../../../src/domain/plan-graph.ts";
import { readPlan } from "../../../src/domain/read-plan.ts";
import type { StoredGraph } from "../../../src/plans/plan-ports.ts";
import {
	openHttp,
	planDocument,
	storeAway,
	temporalAway,
	ticketDocument,
} from "../../support/http.ts";
import { planJson } from "../../support/plans.ts";

const url = "/api/v1/plans/p/dag";
const { plan } = readPlan(planJson([["a"], ["b", ["a"]]]));
const nodes = nodesOfPlan(plan);
const tickets: StoredNode[] = ["a", "b"].map((task_id) => ({
	...ticketDocument({ ticket_id: `t-${task_id}`, task_id }),
	dependencies: task_id === "b" ? ["t-a"] : [],
}));

test("GET /plans/:plan_id/dag: from mongodb when all of it is there", async (t) => {
	const { app } = await openHttp(t, {
		histories: {
			readGraph: async () => ({
				status: "RUNNING",
				tickets_generated: 2,
				tickets,
			}),
		},
		running: { readGraph: temporalAway },
	});
	const graph = (await app.inject(url)).json();
	assert.equal(graph.read_source, "mongodb");
	assert.equal(graph.nodes.length, 2);
	assert.ok(!("dependencies" in graph.nodes[0]));
	assert.deepEqual(graph.edges, [{ from: "a", to: "b" }]);
	assert.deepEqual(graph.critical_path.task_ids, ["a", "b"]);
});

const gaps: Record<string, () => Promise<StoredGraph | undefined>> = {
	"mongodb is away": storeAway,
	"mongodb has not seen the plan": async () => undefined,
	"the plan has no tickets yet": async () => ({
		status: "AWAITING_APPROVAL",
		tickets_generated: 0,
		tickets: [],
	}),
	"only some of the tickets have landed": async () => ({
		status: "RUNNING",
		tickets_generated: 2,
		tickets: tickets.slice(0, 1),
	}),
};
for (const [why, readGraph] of Object.entries(gaps)) {
	test(`GET /plans/:plan_id/dag: ${why}, the workflow tells it`, async (t) => {
		const { app } = await openHttp(t, {
			histories: { readGraph },
			running: { readGraph: async () => nodes },
		});
		const response = await app.inject(url);
		assert.equal(response.headers["x-read-source"], "workflow");
		const graph = response.json();
		assert.equal(graph.nodes.length, 2);
		assert.equal(graph.nodes[0].ticket_id, null);
	});
}

test("GET /plans/:plan_id/dag: an ended plan without tickets that Temporal forgot has no nodes", async (t) => {
	const ended = async () => ({
		status: "INVALID" as const,
		tickets_generated: 0,
		tickets: [],
	});
	for (const readGraph of [async () => undefined, temporalAway]) {
		const { app } = await openHttp(t, {
			histories: { readGraph: ended },
			running: { readGraph },
		});
		const response = await app.inject(url);
		assert.equal(response.statusCode, 200);
		assert.deepEqual(response.json().nodes, []);
		assert.equal(response.json().critical_path, null);
	}
});

test("GET /plans/:plan_id/dag: unknown is 404, and 503 while only mongodb may know", async (t) => {
	const known = await openHttp(t);
	assert.equal((await known.app.inject(url)).statusCode, 404);
	const away = await openHttp(t, { histories: { readGraph: storeAway } });
	assert.equal((await away.app.inject(url)).statusCode, 503);
});

test("GET /plans/:plan_id/timeline: page by page, each event once", async (t) => {
	const attempts = Array.from({ length: 7 }, (_, n) => ({
		...{ ticket_id: `t${n}`, logical_ticket_id: `t${n}`, task_id: `a${n}` },
		...{ attempt: 1, generation: 1, published_at: 5, finished_at: null },
		...{ outcome: null, actual_duration_ms: null, result_source: null },
		...{ agent_id: null, error_message: null },
	}));
	const { app } = await openHttp(t, {
		histories: {
			readHistory: async () => ({
				plan: planDocument(),
				tickets: [],
				attempts,
			}),
		},
	});
	const ids: string[] = [];
	let cursor: string | null = null;
	do {
		const query: Record<string, string> = {
			limit: "3",
			...(cursor !== null && { cursor }),
		};
		const response = await app.inject({
			url: "/api/v1/plans/p/timeline",
			query,
		});
		const page: { events: { id: string }[]; next_cursor: string | null } =
			response.json();
		ids.push(...page.events.map(({ id }) => id));
		cursor = page.next_cursor;
	} while (cursor !== null);
	assert.equal(ids.length, 8);
	assert.equal(new Set(ids).size, 8);
	const refused = await app.inject("/api/v1/plans/p/timeline?cursor=nonsense");
	assert.equal(refused.statusCode, 400);
});

test("GET /plans/:plan_id/timeline: mongodb away, the workflow tells it", async (t) => {
	const { app } = await openHttp(t, {
		histories: { readHistory: storeAway },
		running: {
			readPlan: async () => planDocument(),
			readTickets: async (_plan, range) =>
				range?.offset === 0
					? [ticketDocument({ outcome: "completed", finished_at: 9 })]
					: [],
			readAttempts: async () => [],
		},
	});
	const answer = (await app.inject("/api/v1/plans/p/timeline")).json();
	assert.equal(answer.read_source, "workflow");
	assert.deepEqual(
		answer.events.map(({ kind }: { kind: string }) => kind),
		["plan.received", "ticket.finished"],
	);
});
