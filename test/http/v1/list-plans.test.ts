import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, planDocument, storeAway } from "../../support/http.ts";

test("GET /plans: pages by cursor and passes the filter on", async (t) => {
	const all = [5, 4, 3, 2, 1].map((created_at) =>
		planDocument({ plan_id: `p${created_at}`, created_at }),
	);
	let seen: unknown;
	const { app } = await openHttp(t, {
		stored: {
			listPlans: async ({ filter, after, limit }) => {
				seen = filter;
				const from = after?.value ?? 99;
				return all
					.filter(({ created_at }) => created_at < from)
					.slice(0, limit);
			},
		},
	});
	const ids: string[] = [];
	let next: string | null = "";
	while (next !== null) {
		const cursor: object = next === "" ? {} : { cursor: next };
		const response = await app.inject({
			url: "/api/v1/plans",
			query: {
				...{ status: "RUNNING", open: "true", tenant: "acme", limit: "2" },
				...cursor,
			},
		});
		const page: {
			plans: { plan_id: string }[];
			next_cursor: string | null;
		} = response.json();
		ids.push(...page.plans.map(({ plan_id }) => plan_id));
		next = page.next_cursor;
	}
	assert.deepEqual(ids, ["p5", "p4", "p3", "p2", "p1"]);
	assert.deepEqual(seen, { status: "RUNNING", open: true, tenant: "acme" });
});

test("GET /plans: mongodb away, open plans come from their workflows, filtered", async (t) => {
	const { app } = await openHttp(t, {
		stored: { listPlans: storeAway },
		running: {
			listOpenPlans: async () => ({
				missing: ["d"],
				plans: [
					planDocument({
						plan_id: "a",
						created_at: 1,
						orchestrator_version: "V2",
					}),
					planDocument({ plan_id: "b", created_at: 2 }),
					planDocument({
						plan_id: "c",
						created_at: 3,
						orchestrator_version: "V2",
					}),
				],
			}),
		},
	});
	const response = await app.inject("/api/v1/plans?orchestrator_version=V2");
	const { plans, next_cursor, read_source, complete, missing } =
		response.json();
	assert.deepEqual(
		plans.map(({ plan_id }: { plan_id: string }) => plan_id),
		["c", "a"],
	);
	assert.equal(next_cursor, null);
	assert.equal(read_source, "workflow");
	assert.deepEqual([complete, missing], [false, ["d"]]);
});

test("GET /plans: mongodb away, pages of workflows go on after the cursor", async (t) => {
	const plans = [1, 2, 3].map((created_at) =>
		planDocument({ plan_id: `p${created_at}`, created_at }),
	);
	const { app } = await openHttp(t, {
		stored: { listPlans: storeAway },
		running: { listOpenPlans: async () => ({ plans, missing: [] }) },
	});
	const first = (await app.inject("/api/v1/plans?limit=2")).json();
	assert.equal(first.plans.length, 2);
	const cursor = first.next_cursor;
	const query = { limit: "2", cursor };
	const second = await app.inject({ url: "/api/v1/plans", query });
	assert.equal(second.json().plans[0].plan_id, "p1");
	assert.equal(second.json().next_cursor, null);
});

test("GET /plans: a cursor is good for its own filter and sort only", async (t) => {
	const { app } = await openHttp(t, {
		stored: {
			listPlans: async ({ limit }) =>
				Array.from({ length: limit }, () => planDocument()),
		},
	});
	const url = "/api/v1/plans";
	const first = await app.inject(`${url}?sort=progress&limit=1`);
	const { next_cursor } = first.json();
	const same = { sort: "progress", limit: "5", cursor: next_cursor };
	assert.equal((await app.inject({ url, query: same })).statusCode, 200);
	for (const change of [
		{ sort: "created" },
		{ order: "asc" },
		{ status: "RUNNING" },
	]) {
		const response = await app.inject({ url, query: { ...same, ...change } });
		assert.equal(response.statusCode, 400);
		assert.match(response.json().detail, /another filter, sort or order/);
	}
});

test("GET /plans: every filter and sort goes to the store", async (t) => {
	let seen: unknown;
	const { app } = await openHttp(t, {
		stored: {
			listPlans: async (query) => {
				seen = query;
				return [];
			},
		},
	});
	const filter = {
		status: "RUNNING",
		stage: "publishing_tickets",
		risk_band: "low",
		domain: "TECHNICAL",
		orchestrator_version: "V2",
	};
	const times = { created_after: 5, created_before: 9 };
	const query = {
		...filter,
		created_after: "5",
		created_before: "9",
		sort: "slack",
		limit: "7",
	};
	const response = await app.inject({ url: "/api/v1/plans", query });
	assert.equal(response.statusCode, 200);
	assert.deepEqual(seen, {
		filter: { ...filter, ...times },
		sort: "slack",
		order: "asc",
		after: undefined,
		limit: 8,
	});
});

for (const query of [
	"status=DONE",
	"limit=0",
	"limit=many",
	"cursor=bm9uc2Vuc2U",
	"staus=RUNNING",
	"orchestrator_version=V3",
	"stage=done",
	"sort=name",
	"created_after=yesterday",
]) {
	test(`GET /plans: ?${query} is refused with its path`, async (t) => {
		const { app } = await openHttp(t);
		const response = await app.inject(`/api/v1/plans?${query}`);
		assert.equal(response.statusCode, 400);
		assert.equal(response.json().code, "REQUEST_INVALID");
		assert.match(response.json().detail, /\$\.querystring\.\w+/);
	});
}
