import assert from "node:assert/strict";
import { test } from "node:test";
import type { TicketDocument } from "../../src/domain/documents.ts";
import { planQueries, planUpdates } from "../../src/domain/plan-run.ts";
import type { PolicyDecision } from "../../src/domain/policy-decision.ts";
import { eventually } from "../support/eventually.ts";
import {
	allowed,
	command,
	type Decide,
	failureOf,
	finish,
	govern,
	undecided,
	violation,
} from "../support/governed-plan.ts";
import { report, resultOf } from "../support/plan-world.ts";

for (const version of ["V1", "V2"] as const)
	test(`policy: tickets of ${version} without a decision wait, and are published when there is one`, async (t) => {
		const governed = await govern(
			t,
			({ point }) => (point === "before-tickets" ? allowed : undecided),
			{ version },
		);
		const { world, asked } = governed;
		await eventually(() => asked.length >= 3);
		const plan = await governed.plan();
		assert.equal(plan.publish_attempted, false);
		assert.equal(plan.policy.c3, "undecided");
		assert.match((await governed.why()).summary, /waits for policy/);
		await world.restartWorker();
		governed.say(() => allowed);
		assert.equal(await finish(governed), "SUCCESS");
		const ended = await governed.plan();
		assert.equal(ended.policy.c3, "allowed");
		assert.equal(ended.orchestrator_version, version);
	});

test("policy: tickets that nobody checked mark their plan with a warning, whatever is decided later", async (t) => {
	const unchecked: PolicyDecision = {
		outcome: "unchecked",
		warnings: [{ ...violation, policy: "system", rule: "evaluation_error" }],
	};
	const governed = await govern(
		t,
		(question) =>
			question.point !== "before-tickets" &&
			question.tickets.some(({ task_id }) => task_id !== "c")
				? unchecked
				: allowed,
		{
			version: "V2",
			tasks: [
				{ id: "a" },
				{ id: "b", needs: ["a"] },
				{ id: "c", needs: ["b"] },
			],
		},
	);
	const { world, handle } = governed;
	for (const count of [1, 2, 3]) {
		await eventually(() => world.tickets.length === count);
		const { ticket_id = "" } = world.tickets.at(-1) ?? {};
		await report(handle, [resultOf(ticket_id, "COMPLETED")]);
	}
	await handle.result();
	const { policy, warnings } = await governed.plan();
	assert.equal(policy.c3, "unchecked");
	assert.deepEqual(
		warnings.map(({ violation: why }) => `${why?.policy}/${why?.rule}`),
		["system/evaluation_error"],
	);
});

test("policy: a plan whose tickets wait for a decision can be cancelled with nothing published", async (t) => {
	const governed = await govern(t, ({ point }) =>
		point === "before-tickets" ? allowed : undecided,
	);
	await eventually(() => governed.asked.length >= 2);
	await governed.handle.executeUpdate(planUpdates.cancel, { args: [command] });
	assert.equal(await failureOf(governed.handle), "PLAN_CANCELLED");
});

for (const point of ["before-allocation", "before-publication"] as const)
	test(`policy: a ticket denied ${point} fails once, with the rule; the others go out`, async (t) => {
		const refuse: Decide = (question) => {
			if (question.point !== point) return allowed;
			const bad = question.tickets.filter(({ task_id }) => task_id === "bad");
			return {
				outcome: "allowed",
				denied: bad.map(({ ticket_id }) => ({
					ticket_id,
					violations: [violation, violation],
				})),
			};
		};
		const governed = await govern(t, refuse, {
			tasks: [
				{ id: "good" },
				{ id: "bad" },
				{ id: "fine" },
				{ id: "after", needs: ["bad"] },
			],
			settings: { ticketMaxAttempts: 3 },
		});
		const { world, handle, input } = governed;
		await eventually(() => world.tickets.length === 2);
		assert.deepEqual(
			world.tickets.map(({ task_id }) => task_id),
			["good", "fine"],
		);
		await report(
			handle,
			world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
		);
		await handle.result();
		const tickets = await handle.query<TicketDocument[]>(planQueries.tickets);
		const bad = tickets.find(({ task_id }) => task_id === "bad");
		assert.equal(bad?.outcome, "failed");
		assert.equal(bad?.attempt, 1);
		assert.equal(bad?.published_at, null);
		assert.match(
			bad?.error_message ?? "",
			/^denied: resource_limits.*and 1 more$/,
		);
		assert.equal(bad?.rejection_metadata?.rejected_by, "policy");
		assert.deepEqual(bad?.rejection_metadata?.violations, [
			violation,
			violation,
		]);
		const after = tickets.find(({ task_id }) => task_id === "after");
		assert.equal(after?.outcome, "skipped");
		const stored = world.document("execution_tickets", bad?.ticket_id ?? "");
		assert.ok(stored.rejection_metadata);
		assert.ok(
			world.incidents.every(
				({ incident_type }) => incident_type !== "WORKER_FAILURE",
			),
		);
		assert.equal(input.plan_hash?.length, 64);
	});
