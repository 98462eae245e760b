import assert from "node:assert/strict";
import { test } from "node:test";
import type { WorkflowHandle } from "@temporalio/client";
import type { TelemetryFrame } from "../../schemas/telemetry-frame.ts";
import { eventually } from "../support/eventually.ts";
import { verify } from "../support/kept-trail.ts";
import { runInput, someDecision } from "../support/plan-inputs.ts";
import { openWorld, planOf, report, resultOf } from "../support/plan-world.ts";

test("a workflow task that is done again: its documents stand above those of the try that was lost, and every audit head that went out holds", async (t) => {
	const frames: TelemetryFrame[] = [];
	let handle: WorkflowHandle | undefined;
	const world = await openWorld(t, {
		frames: {
			// A result that comes while the last task is worked on makes Temporal refuse its answer.
			async publishFrames(own) {
				frames.push(...own);
				const [ticket] = world.tickets;
				if (frames.length > 1 || handle === undefined || !ticket) return;
				await report(handle, [resultOf(ticket.ticket_id, "COMPLETED")]);
			},
		},
	});
	const decision = someDecision();
	const started = await world.start(
		runInput(decision, planOf(decision.plan_id, [{ id: "a" }])),
	);
	handle = started;
	await eventually(() => world.tickets.length === 1);
	await report(
		started,
		world.tickets.map(({ ticket_id }) => resultOf(ticket_id, "COMPLETED")),
	);
	assert.equal((await started.result()).status, "SUCCESS");
	assert.equal(frames.length, 2, "the last task was done twice");
	const [first, second] = frames.map(({ frame_id }) => frame_id);
	assert.equal(second, first, "a reader knows it for the same");
	const stored = world.document("workflows", started.workflowId);
	const { results_duplicate } = await started.query<{
		results_duplicate: number;
	}>("plan");
	assert.equal(results_duplicate, 1);
	assert.equal(stored.results_duplicate, 1, "and MongoDB knows it too");
	const heads = frames.flatMap(({ audit_head }) => audit_head ?? []);
	assert.equal(heads.length, 2);
	assert.deepEqual(verify(world, decision.plan_id, heads), ["start", "end"]);
});
