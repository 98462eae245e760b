import assert from "node:assert/strict";
import { after, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "../e2e/support/service-world.ts";
import { runCli } from "./support/run-cli.ts";

const world = await openServiceWorld({ after });
const env = {
	ENV_FILE: "none",
	ORCHESTRATOR_URL: world.address(),
	KAFKA_TOPIC_PREFIX: `${world.name}.`,
};
const publish = (input: string, ...more: string[]) =>
	runCli(["publish", "-", ...more], { env, input });

test("cli publish: a decision and a bare plan go to Kafka as they are, and run", async () => {
	const digits = "7615917337495251231";
	const planId = newPlanId("published");
	const parameters = { seed: "DIGITS" };
	const bare = buildPlan({ plan_id: planId, tasks: chain(1, { parameters }) });
	const text = JSON.stringify(bare).replace('"DIGITS"', digits);
	const run = await publish(text, "--json");
	assert.equal(run.code, 0, run.stderr);
	const { plan_id, topic, offset } = JSON.parse(run.stdout);
	assert.deepEqual(
		[plan_id, topic, typeof offset],
		[planId, `${world.name}.plans.consensus`, "string"],
	);
	assert.equal((await world.finalPlan(planId)).status, "SUCCESS");
	const [ticket] = world.recordsOf("tickets", planId);
	assert.match(JSON.stringify(ticket?.body.parameters), new RegExp(digits));

	const decidedId = newPlanId("decided");
	const decided = buildPlan({ plan_id: decidedId, tasks: chain(2) });
	const decision = buildDecision(decided);
	const shown = await publish(JSON.stringify(decision));
	assert.equal(shown.code, 0, shown.stderr);
	assert.match(shown.stdout, new RegExp(`plans watch ${decidedId}`));
	const view = await world.finalPlan(decidedId);
	assert.equal(view.status, "SUCCESS");
});

test("cli publish: what has no plan is not sent; without Kafka it ends with 6", async () => {
	for (const input of ["null", "7", "{}", '{"plan_id":7}', "{", ""]) {
		const run = await publish(input);
		assert.equal(run.code, 2, `${input}: ${run.stderr}`);
		assert.match(run.stderr, /what to do/);
	}
	const away = await runCli(["publish", "-", "--timeout", "1s"], {
		env: { ...env, KAFKA_BOOTSTRAP_SERVERS: "127.0.0.1:1" },
		input: '{"plan_id":"p"}',
	});
	assert.equal(away.code, 6, away.stderr);
	assert.match(away.stderr, /Kafka at 127\.0\.0\.1:1/);
});
