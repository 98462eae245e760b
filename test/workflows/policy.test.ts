import assert from "node:assert/strict";
import { test } from "node:test";
import { planUpdates } from "../../src/domain/plan-run.ts";
import { eventually } from "../support/eventually.ts";
import {
	allowed,
	command,
	denied,
	failureOf,
	finish,
	govern,
	undecided,
	violation,
} from "../support/governed-plan.ts";

const review = { decision: { requires_human_review: true } };

test("policy: a denied plan is INVALID, names the rule, and closes as PLAN_DENIED with nothing published", async (t) => {
	const governed = await govern(t, () => denied);
	const { handle, world, asked } = governed;
	assert.equal(await failureOf(handle), "PLAN_DENIED");
	assert.deepEqual(asked, ["before-tickets"]);
	assert.deepEqual(world.tickets, []);
	const plan = await governed.plan();
	assert.equal(plan.status, "INVALID");
	assert.equal(plan.publish_attempted, false);
	assert.deepEqual(plan.policy, { c1: "denied", c2: "denied", c3: null });
	assert.deepEqual(plan.problems, [
		{
			path: "$.tasks[0].required_capabilities",
			code: "POLICY_DENIED",
			message:
				'resource_limits/capabilities_not_allowed, high: tasks[0].required_capabilities: capability root is not allowed (expected ["python"], is root)',
			violation,
		},
	]);
	assert.match((await governed.why()).summary, /INVALID: resource_limits/);
});

test("policy: an unsound plan that is denied too has all problems in one answer", async (t) => {
	const governed = await govern(t, () => denied, {
		tasks: [{ id: "a", needs: ["a"] }],
	});
	assert.equal(await failureOf(governed.handle), "PLAN_INVALID");
	const codes = (await governed.plan()).problems.map(({ code }) => code);
	assert.equal(codes.at(-1), "POLICY_DENIED");
	assert.ok(codes.length > 1);
});

test("policy: an unsound plan waits for no decision", async (t) => {
	const governed = await govern(t, () => undecided, {
		tasks: [{ id: "a", needs: ["a"] }],
	});
	assert.equal(await failureOf(governed.handle), "PLAN_INVALID");
	assert.equal((await governed.plan()).policy.c1, "undecided");
});

test("policy: what it allows with warnings and features is shown on the plan", async (t) => {
	const flags = {
		enable_intelligent_scheduler: true,
		enable_burst_capacity: false,
		enable_predictive_allocation: false,
		enable_auto_scaling: false,
		enable_experimental_features: true,
	};
	const governed = await govern(t, ({ point }) =>
		point === "before-tickets"
			? { ...allowed, warnings: [violation], feature_flags: flags }
			: allowed,
	);
	assert.equal(await finish(governed), "SUCCESS");
	const plan = await governed.plan();
	assert.deepEqual(plan.feature_flags, flags);
	assert.equal(plan.warnings[0]?.code, "POLICY_WARNING");
	assert.deepEqual(plan.policy, {
		c1: "allowed",
		c2: "allowed",
		c3: "allowed",
	});
	assert.deepEqual(governed.asked, [
		"before-tickets",
		"before-allocation",
		"before-publication",
	]);
});

test("policy: a plan that a person must approve is judged before and after", async (t) => {
	const governed = await govern(t, () => allowed, review);
	const { handle, asked } = governed;
	await eventually(
		async () => (await governed.plan()).status === "AWAITING_APPROVAL",
	);
	assert.deepEqual(asked, ["before-tickets"]);
	governed.say(() => denied);
	await handle.executeUpdate(planUpdates.approve, { args: [command] });
	assert.equal(await failureOf(handle), "PLAN_DENIED");
	const { policy, steps } = await governed.plan();
	assert.deepEqual(policy, { c1: "allowed", c2: "denied", c3: null });
	assert.equal(steps.find(({ name }) => name === "C2")?.status, "failed");
});

test("policy: what both judgements warn of is shown once", async (t) => {
	const governed = await govern(
		t,
		({ point }) =>
			point === "before-tickets"
				? { ...allowed, warnings: [violation] }
				: allowed,
		review,
	);
	await eventually(
		async () => (await governed.plan()).status === "AWAITING_APPROVAL",
	);
	const args: [typeof command] = [command];
	await governed.handle.executeUpdate(planUpdates.approve, { args });
	assert.equal(await finish(governed), "SUCCESS");
	const { warnings } = await governed.plan();
	assert.deepEqual(
		warnings.map(({ code }) => code),
		["POLICY_WARNING"],
	);
});

test("policy: nobody is asked to approve a plan that policies deny", async (t) => {
	const { handle, world } = await govern(t, () => denied, review);
	assert.equal(await failureOf(handle), "PLAN_DENIED");
	assert.deepEqual(world.requests, []);
});

test("policy: without a decision the plan waits visibly, and goes on when there is one", async (t) => {
	const governed = await govern(t, () => undecided);
	const { world, asked } = governed;
	await eventually(() => asked.length >= 2);
	const { summary, waits } = await governed.why();
	assert.match(summary, /waits for policy/);
	assert.equal(waits[0]?.error, "OPA is away");
	const waiting = await governed.plan();
	assert.equal(waiting.status, "VALIDATING");
	assert.equal(waiting.policy.c1, "undecided");
	await world.restartWorker();
	assert.deepEqual(world.tickets, []);
	governed.say(() => allowed);
	assert.equal(await finish(governed), "SUCCESS");
	const late = (await governed.why()).waits;
	assert.deepEqual(late, []);
});

test("policy: a plan that waits for a decision can be cancelled, and expires", async (t) => {
	const cancelled = await govern(t, () => undecided);
	await eventually(() => cancelled.asked.length >= 1);
	await cancelled.handle.executeUpdate(planUpdates.cancel, { args: [command] });
	assert.equal(await failureOf(cancelled.handle), "PLAN_CANCELLED");
	const expired = await govern(t, () => undecided, {
		settings: { approvalTimeoutMs: 50 },
	});
	assert.equal(await failureOf(expired.handle), "PLAN_EXPIRED");
	const { error_message } = await expired.plan();
	assert.match(error_message ?? "", /no decision of policies.*OPA is away/);
});
