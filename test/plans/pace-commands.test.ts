import assert from "node:assert/strict";
import { test } from "node:test";
import type {
	CommandAnswer,
	PlanCommandName,
} from "../../src/domain/plan-run.ts";
import { paceCommands } from "../../src/plans/pace-commands.ts";
import type { RunningPlans } from "../../src/plans/plan-ports.ts";

function openPaced() {
	let nowMs = 0;
	let given = 0;
	const paced = paceCommands<Pick<RunningPlans, "command">>(
		{
			async command() {
				given += 1;
				return {} as CommandAnswer;
			},
		},
		() => nowMs,
	);
	/** Gives so many at once; answers how many were refused. */
	async function give(count: number, name: PlanCommandName, planId = "p-1") {
		const asked = Array.from({ length: count }, () =>
			paced.command(planId, name, { actor: "ada", reason: "script" }),
		);
		const ends = await Promise.allSettled(asked);
		const refused = ends.filter(({ status }) => status === "rejected");
		for (const end of refused)
			assert.equal((end as PromiseRejectedResult).reason.code, "RATE_LIMITED");
		return refused.length;
	}
	return {
		give,
		given: () => given,
		pass: (ms: number) => {
			nowMs += ms;
		},
	};
}

test("paceCommands: a first hundred, then twenty a second, each plan for itself", async () => {
	const world = openPaced();
	assert.equal(await world.give(130, "priority"), 30);
	assert.equal(world.given(), 100);
	assert.equal(await world.give(1, "priority", "p-2"), 0);
	world.pass(1_000);
	assert.equal(await world.give(25, "pause"), 5);
	// Refused ones use nothing up, and what is not used is kept up to a hundred.
	world.pass(60_000);
	assert.equal(await world.give(101, "resume"), 1);
});

test("paceCommands: a cancel is taken in the middle of a flood", async () => {
	const world = openPaced();
	await world.give(200, "priority");
	assert.equal(await world.give(3, "cancel"), 0);
});
