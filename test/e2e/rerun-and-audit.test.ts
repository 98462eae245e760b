import assert from "node:assert/strict";
import { after, test } from "node:test";
import { MongoClient } from "mongodb";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { diamond } from "../../demo/shapes.ts";
import type { AuditHead } from "../../src/domain/audit-chain.ts";
import { serverAddress } from "../support/server-address.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{
		env: {
			AUDIT_SIGNING_KEYS: "a key that only these tests know of".replaceAll(
				" ",
				"-",
			),
		},
	},
);

/** What these tests read of an answer. */
interface Answer {
	outcome?: string;
	code?: string;
	allowed?: string[];
	commands?: object[];
	records?: { action: string; hash: string }[];
	next_cursor?: string;
	audit_head?: AuditHead;
	ok?: boolean;
	plans?: number;
	faults?: { plan_id: string }[];
}

async function call(
	path: string,
	{ key, ...body }: { key?: string } & Record<string, unknown> = {},
) {
	const init =
		Object.keys(body).length === 0
			? {}
			: {
					method: "POST",
					headers: {
						"content-type": "application/json",
						...(key && { "idempotency-key": key }),
					},
					body: JSON.stringify({ actor: "e2e", ...body }),
				};
	const response = await fetch(
		new URL(`/api/v1${path}`, world.address()),
		init,
	);
	return { status: response.status, body: (await response.json()) as Answer };
}

/** What a finished plan looks like once MongoDB shows it. */
async function untilEnded(planId: string, published: number): Promise<void> {
	await world.planWith(
		planId,
		({ status }) =>
			status === "SUCCESS" &&
			world.recordsOf("tickets", planId).length === published,
	);
}

test("rerun and audit: over REST, from the first command to the check of the trail", async () => {
	const planId = newPlanId("rerun");
	const metadata = { orchestrator_version: "V2" };
	const plan = buildPlan({ plan_id: planId, tasks: diamond() });
	await world.publish(buildDecision(plan, { metadata }));
	await untilEnded(planId, 4);

	const command = { task_id: "left", reason: "a flaky test", key: "once" };
	const first = await call(`/plans/${planId}/rerun`, command);
	assert.equal(first.status, 200, JSON.stringify(first.body));
	assert.equal(first.body.outcome, "2 tickets run again");
	const again = await call(`/plans/${planId}/rerun`, command);
	assert.deepEqual(again, first);
	const other = await call(`/plans/${planId}/rerun`, {
		...command,
		task_id: "right",
	});
	assert.equal(other.status, 422);
	assert.equal(other.body.code, "IDEMPOTENCY_KEY_REUSED");
	await untilEnded(planId, 6);

	const paused = await call(`/plans/${planId}/pause`, { reason: "too late" });
	assert.equal(paused.status, 409);
	assert.deepEqual(paused.body.allowed, ["rerun"]);

	const { commands } = (await call(`/plans/${planId}/commands`)).body;
	assert.partialDeepStrictEqual(commands ?? [], [
		{ command: "rerun", idempotency_key: "once", actor: "e2e" },
	]);
	const trail = await world.eventually(async () => {
		const { body } = await call(`/plans/${planId}/audit?limit=3`);
		return body.audit_head?.sequence === 4 && body;
	});
	const { records = [], next_cursor = "", audit_head } = trail;
	assert.equal(records.length, 3);
	const rest = await call(
		`/plans/${planId}/audit?cursor=${encodeURIComponent(next_cursor)}`,
	);
	assert.deepEqual(
		[...records, ...(rest.body.records ?? [])].map(({ action }) => action),
		["start", "end", "rerun", "end"],
	);
	assert.equal(rest.body.records?.at(-1)?.hash, audit_head?.hash);
	// The frame names what the history already held when its task began.
	const frame = world.recordsOf("telemetry", planId).at(-1)?.body;
	assert.partialDeepStrictEqual(frame?.audit_head, {
		sequence: 3,
		hash: records[2]?.hash,
	});
});

test("rerun and audit: what was done to the trail is found, a cut-off tail too", async () => {
	const planId = newPlanId("audit");
	const plan = buildPlan({ plan_id: planId, tasks: diamond() });
	await world.publish(buildDecision(plan));
	await untilEnded(planId, 4);
	const sound = await call(`/audit/verify?plan_id=${planId}`);
	assert.deepEqual(sound.body, {
		...{ ok: true, plans: 1, records: 2, left_over: 0, purged: 0, faults: [] },
		witnesses: { temporal: 1, given: 0, signatures: 1 },
	});

	const mongo = await new MongoClient(serverAddress("MONGODB_URI")).connect();
	const trails = mongo.db(world.name).collection("audit_trail");
	const plans = mongo.db(world.name).collection("workflows");
	const [start] = await world.documents("audit_trail", {
		plan_id: planId,
		sequence: 1,
	});
	try {
		await trails.deleteOne({ plan_id: planId, sequence: 2 });
		await plans.updateOne(
			{ plan_id: planId },
			{
				$set: {
					audit_head: { trail: start?.trail, sequence: 1, hash: start?.hash },
				},
			},
		);
	} finally {
		await mongo.close();
	}
	const cut = await call(`/audit/verify?plan_id=${planId}`);
	assert.partialDeepStrictEqual(cut.body, {
		ok: false,
		faults: [{ plan_id: planId, sequence: 2, kind: "truncated" }],
	});
	const [frame = assert.fail()] = world.recordsOf("telemetry", planId);
	const { trail, sequence, hash } = frame.body.audit_head as AuditHead;
	const head = `${trail}:${sequence}:${hash}`;
	const told = await call(`/audit/verify?plan_id=${planId}&head=${head}`);
	assert.equal(told.body.ok, false);
	// Temporal's list of runs may be a second behind.
	await world.eventually(async () => {
		const { body } = await call("/audit/verify");
		return body.faults?.some(({ plan_id }) => plan_id === planId);
	});
});
