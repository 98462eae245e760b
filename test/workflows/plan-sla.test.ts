import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanRunInput } from "../../src/domain/plan-run.ts";
import {
	type PlanSla,
	slaCheckpointNames,
} from "../../src/domain/sla/sla-terms.ts";
import { eventually } from "../support/eventually.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

const chain = [{ id: "a" }, { id: "b", needs: ["a"] }];

function watched(metadata: Record<string, string> = {}): PlanRunInput {
	const decision = someDecision({ metadata });
	const input = runInput(decision, planOf(decision.plan_id, chain));
	const settings = { ...input.settings, slaCheckpoints: slaCheckpointNames };
	return { ...input, settings, orchestrator_version: "V2" };
}

test("a plan's document has its deadline by the decision, its forecast and its checkpoints", async (t) => {
	const world = await openWorld(t);
	const handle = await world.start(watched({ sla_deadline_seconds: "3600" }));
	const document = () => world.document("workflows", handle.workflowId);
	const sla = () => document().sla as PlanSla;
	await eventually(() => sla()?.checkpoints.length === 2);
	const { deadline, source, started_at, forecast, checkpoints } = sla();
	assert.equal(source, "decision");
	assert.equal(deadline, started_at + 3_600_000);
	assert.equal(document().sla_deadline, deadline);
	assert.deepEqual(forecast?.path, ["a", "b"]);
	assert.deepEqual(
		checkpoints.map(({ name, deadline_approaching }) => [
			name,
			deadline_approaching,
		]),
		slaCheckpointNames.map((name) => [name, false]),
	);

	await report(handle, [
		resultOf(world.tickets[0]?.ticket_id ?? "", "COMPLETED"),
	]);
	await eventually(() => world.tickets.length === 2);
	await eventually(() => sla().forecast?.path.join() === "b");
	await report(handle, [
		resultOf(world.tickets[1]?.ticket_id ?? "", "COMPLETED"),
	]);
	await handle.result();
	assert.equal(sla().forecast, null);
	assert.equal(sla().tickets_late, 0);
});

test("a plan that cannot keep its deadline says so at its checkpoints", async (t) => {
	const world = await openWorld(t);
	const handle = await world.start(watched({ sla_deadline_seconds: "0.001" }));
	const sla = () =>
		world.document("workflows", handle.workflowId).sla as PlanSla;
	await eventually(() => sla()?.checkpoints.length === 2);
	assert.ok(sla().checkpoints.every((one) => one.deadline_approaching));
});

test("a deadline that is no number is a warning, and the longest path counts", async (t) => {
	const world = await openWorld(t);
	const handle = await world.start(watched({ sla_deadline_seconds: "soon" }));
	const document = () => world.document("workflows", handle.workflowId);
	await eventually(
		() => (document().sla as PlanSla)?.source === "longest-path",
	);
	const [warning] = document().warnings as { path: string; message: string }[];
	assert.equal(warning?.path, "$.metadata.sla_deadline_seconds");
	assert.match(warning?.message ?? "", /promised by its longest path/);
});
