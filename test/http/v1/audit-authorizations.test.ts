import assert from "node:assert/strict";
import { test } from "node:test";
import { openHttp, storeAway } from "../../support/http.ts";

const url = "/api/v1/audit/authorizations";

test("GET /audit/authorizations: results, their number, and the question", async (t) => {
	let seen: unknown;
	const { app } = await openHttp(t, {
		audits: {
			listAuthorizations: async (query) => {
				seen = query;
				return { total: 7, results: [{ decision: "deny" }] };
			},
		},
	});
	const response = await app.inject(`${url}?decision=deny&limit=1`);
	assert.deepEqual(response.json(), {
		total: 7,
		results: [{ decision: "deny" }],
		query: {
			user_id: null,
			tenant_id: null,
			decision: "deny",
			policy_path: null,
			start_time: null,
			end_time: null,
			limit: 1,
			skip: 0,
		},
	});
	const asked = { ...(seen as object) };
	assert.deepEqual(asked, { decision: "deny", limit: 1, skip: 0 });
	assert.equal((await app.inject(`${url}?limit=1001`)).statusCode, 400);
	const away = await openHttp(t, { audits: { listAuthorizations: storeAway } });
	assert.equal((await away.app.inject(url)).statusCode, 503);
});
