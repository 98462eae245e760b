import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Client, Connection } from "@temporalio/client";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { serverAddress } from "../support/server-address.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld(
	{ after },
	{
		env: { ORPHAN_WATCH_INTERVAL_MS: "1000", ORPHAN_WATCH_QUIET_MS: "1000" },
	},
);

test("orphan watch: a run that is terminated is found by the schedule alone, its plan closed, told and audited", async (t) => {
	const connection = await Connection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	t.after(() => connection.close());
	const plan_id = newPlanId("orphan");
	const plan = buildPlan({ plan_id, tasks: chain(2) });
	await world.publish(buildDecision(plan, { requires_human_review: true }));
	const stored = async () =>
		(await world.documents("workflows", { plan_id }))[0];
	await world.eventually(
		async () => (await stored())?.status === "AWAITING_APPROVAL",
	);
	const { workflow } = new Client({ connection });
	await workflow.getHandle(planWorkflowId(plan_id)).terminate("by a person");
	// Nobody reads the plan by REST, which would close it too.
	await world.eventually(async () => (await stored())?.status === "FAILED");
	assert.match((await stored())?.error_message, /terminated in Temporal/);
	const records = await world.documents("audit_trail", { plan_id });
	assert.equal(records.at(-1)?.action, "close");
	await world.eventually(() =>
		world
			.records("incidents")
			.some(({ body }) =>
				String(body.details ?? body.description).includes(plan_id),
			),
	);
	const [report] = await world.documents("orphan_reports", {});
	assert.equal(report?._id, `orphan-watch-${world.name}`);
});
