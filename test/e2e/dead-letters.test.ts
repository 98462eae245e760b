import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import type { DeadLetterSummary } from "../../src/domain/dead-letter.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{ env: { OPA_MAX_CONCURRENT_TICKETS: "2" } },
);
const who = { actor: "e2e", reason: "a test asks" };

interface Shown extends DeadLetterSummary {
	decoded: Record<string, unknown> | null;
	original_base64: string;
	history: { action: string; actor: string }[];
	allowed: string[];
}

async function call<T>(path: string, payload?: object): Promise<T> {
	const response = await fetch(`${world.address()}/api/v1/${path}`, {
		...(payload && {
			method: "POST",
			headers: { "content-type": "application/json" },
			body: JSON.stringify(payload),
		}),
	});
	assert.ok(
		response.ok,
		`${path}: ${response.status} ${await response.clone().text()}`,
	);
	return (await response.json()) as T;
}

async function lettersOf(planId: string): Promise<DeadLetterSummary[]> {
	const query = `dead-letters?plan_id=${planId}`;
	return (await call<{ dead_letters: DeadLetterSummary[] }>(query))
		.dead_letters;
}

/** The newest letter of a plan, once it has so many. */
async function letterOf(planId: string, count = 1): Promise<DeadLetterSummary> {
	const found = await world.eventually(async () => {
		const letters = await lettersOf(planId);
		return letters.length === count && letters;
	});
	return found[0] as DeadLetterSummary;
}

/** A decision that nobody can read: its outcome is no word of ours. */
function broken(plan_id: string, taskCount = 2) {
	const tasks = chain(taskCount);
	const decision = buildDecision(buildPlan({ plan_id, tasks }));
	return { good: decision, bad: { ...decision, final_decision: "perhaps" } };
}

test("dead letters: a corrected decision is sent back and its plan runs to the end", async () => {
	const plan_id = newPlanId("corrected");
	const { good, bad } = broken(plan_id);
	await world.publish(bad);
	const { id } = await letterOf(plan_id);
	const letter = await call<Shown>(`dead-letters/${id}`);
	assert.equal(letter.reason, "MESSAGE_INVALID");
	assert.equal(letter.path, "$.final_decision");
	assert.equal(letter.decoded?.final_decision, "perhaps");
	const bytes = Buffer.from(letter.original_base64, "base64");
	assert.deepEqual(
		JSON.parse(bytes.toString()),
		JSON.parse(JSON.stringify(bad)),
	);
	assert.deepEqual(letter.allowed, ["redrive", "discard"]);

	const answer = await call<{ state: string }>(`dead-letters/${id}/redrive`, {
		...who,
		body: good,
	});
	assert.equal(answer.state, "redriven");
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	const settled = await call<Shown>(`dead-letters/${id}`);
	assert.equal(settled.state, "redriven");
	assert.equal(settled.redrive?.is_corrected, true);
	assert.deepEqual(
		settled.history.map(({ action, actor }) => [action, actor]),
		[
			["redrive-requested", "e2e"],
			["redriven", "e2e"],
		],
	);
});

test("denied plans: the same decision is judged anew by REST and by a re-drive; delivered again it is a duplicate", async () => {
	const plan_id = newPlanId("denied");
	const { good, bad } = broken(plan_id, 3);
	/** The run that policies denied, once it is another than before. */
	const deniedRun = async (before?: string) =>
		await world.eventually(async () => {
			const [plan] = await world.documents("workflows", { plan_id });
			if (plan?.status !== "INVALID" || plan.run_id === before) return false;
			assert.equal(plan.policy.c1, "denied");
			return plan.run_id as string;
		});
	await world.publish(good);
	const first = await deniedRun();
	await world.publish(good, bad);
	// The second record is behind the first, on the same partition.
	const { id } = await letterOf(plan_id);
	assert.equal(await deniedRun(), first);
	await call("plans", good);
	const second = await deniedRun(first);
	await call(`dead-letters/${id}/redrive`, { ...who, body: good });
	await deniedRun(second);
	assert.equal(world.recordsOf("tickets", plan_id).length, 0);
});

test("dead letters: what fails again is a new letter, linked with the first, and can be discarded", async () => {
	const plan_id = newPlanId("again");
	await world.publish(broken(plan_id).bad);
	const first = await letterOf(plan_id);
	await call(`dead-letters/${first.id}/redrive`, who);
	const second = await letterOf(plan_id, 2);
	assert.equal(second.redriven_from, first.id);
	assert.equal(second.redrive_attempt, 1);
	const before = await world.eventually(async () => {
		const letter = await call<Shown>(`dead-letters/${first.id}`);
		return letter.returned_as !== null && letter;
	});
	assert.equal(before.returned_as, second.id);
	await call(`dead-letters/${second.id}/discard`, who);
	assert.equal(
		(await call<Shown>(`dead-letters/${second.id}`)).state,
		"discarded",
	);
});

test("dead letters: many go back, over the death of the service", async () => {
	const planIds = Array.from({ length: 12 }, () => newPlanId("many"));
	await world.publish(...planIds.map((plan_id) => broken(plan_id).bad));
	const letters = await Promise.all(
		planIds.map((plan_id) => letterOf(plan_id)),
	);
	const { redrive_id } = await call<{ redrive_id: string }>(
		"dead-letters:redrive",
		{ ...who, ids: letters.map(({ id }) => id), rate_per_second: 4 },
	);
	const progress = () =>
		call<{ state: string; redriven: number }>(
			`dead-letters/redrives/${redrive_id}`,
		);
	await world.eventually(async () => (await progress()).redriven >= 4);
	await world.killService();
	await world.startService();
	const end = await world.eventually(async () => {
		const now = await progress();
		return now.state === "finished" && now;
	});
	assert.equal(end.redriven, 12);
	for (const plan_id of planIds) {
		// Each has failed again; at most one of them was sent twice.
		const again = await world.eventually(async () => {
			const found = await lettersOf(plan_id);
			return found.length >= 2 && found;
		});
		assert.equal(again.filter(({ state }) => state === "redriven").length, 1);
	}
});
