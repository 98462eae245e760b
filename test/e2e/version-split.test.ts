import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { type Service, startService } from "../../demo/service.ts";
import { chain } from "../../demo/shapes.ts";
import { runCli } from "../cli/support/run-cli.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const world = await openServiceWorld({ after });
const directory = mkdtempSync(path.join(tmpdir(), "second-"));
/** Another process of the same installation, which only serves the API. */
let second: Service;
before(async () => {
	second = await startService({
		directory,
		signal: new AbortController().signal,
		env: {
			...{ ROLES: "api", KAFKA_TOPIC_PREFIX: `${world.name}.` },
			...{ TEMPORAL_TASK_QUEUE: world.name, MONGODB_DATABASE: world.name },
		},
	});
});
after(async () => {
	await second.stop();
	rmSync(directory, { recursive: true });
});

const why = ["--reason", "a test asks", "--actor", "ada"];

async function cli(...args: string[]) {
	const env = { ORCHESTRATOR_URL: world.address() };
	const run = await runCli([...args, "--json"], { env });
	assert.equal(run.code, 0, run.stderr);
	return JSON.parse(run.stdout);
}

/** The version that the process gives a plan that names none; the plan runs. */
async function versionBy(address: string): Promise<string> {
	const plan_id = newPlanId("split");
	const response = await fetch(`${address}/api/v1/plans`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify(
			buildDecision(buildPlan({ plan_id, tasks: chain(1) })),
		),
	});
	assert.ok(response.ok, await response.text());
	const { orchestrator_version } = await world.finalPlan(plan_id);
	return orchestrator_version ?? "none";
}

async function revisionsInForce(): Promise<number[]> {
	return await Promise.all(
		[world.address(), second.address].map(async (address) => {
			const response = await fetch(`${address}/api/v1/routing/split`);
			const { in_force } = (await response.json()) as {
				in_force: { revision: number };
			};
			return in_force.revision;
		}),
	);
}

async function untilInForce(revision: number): Promise<void> {
	await world.eventually(async () =>
		(await revisionsInForce()).every((one) => one === revision),
	);
}

test("split: set in one process it decides in both, by REST and by Kafka, and a restart keeps it", async () => {
	assert.equal(await versionBy(second.address), "V1");
	const set = await cli("routing", "set", "--percentage", "100", ...why);
	assert.partialDeepStrictEqual(set, { revision: 1, actor: "ada" });
	await untilInForce(1);
	assert.equal(await versionBy(second.address), "V2");
	const plan_id = newPlanId("by-kafka");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(1) })));
	assert.equal((await world.finalPlan(plan_id)).orchestrator_version, "V2");

	await world.killService();
	await world.startService();
	assert.equal(await versionBy(world.address()), "V2");

	await cli("routing", "set", "--disable", ...why);
	await untilInForce(2);
	assert.equal(await versionBy(second.address), "V1");
	const named = newPlanId("named");
	const metadata = { orchestrator_version: "V2" };
	const plan = buildPlan({ plan_id: named, tasks: chain(1) });
	await world.publish(buildDecision(plan, { metadata }));
	assert.equal((await world.finalPlan(named)).orchestrator_version, "V2");
	const [outcome] = await world.eventually(async () => {
		const found = await world.documents("plan_outcomes", { plan_id: named });
		return found.length > 0 && found;
	});
	assert.partialDeepStrictEqual(outcome, {
		...{ version_assigned: "V2", version_weight: null, routing_revision: 2 },
	});
});

test("outcomes: a decision that is delivered again, and a killed service, make no second one", async () => {
	const plan_id = newPlanId("twice");
	const decision = buildDecision(buildPlan({ plan_id, tasks: chain(4) }));
	await world.publish(decision, decision);
	await world.eventually(() => world.recordsOf("tickets", plan_id).length > 0);
	await world.killService();
	await world.startService();
	await world.publish(decision);
	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	await world.eventually(
		async () => (await world.documents("plan_outcomes", { plan_id })).length,
	);
	const after = newPlanId("after");
	await world.publish(
		buildDecision(buildPlan({ plan_id: after, tasks: chain(1) })),
	);
	await world.finalPlan(after);
	const found = await world.documents("plan_outcomes", { plan_id });
	assert.equal(found.length, 1);
});

/** So many plans that ended under each version, and failed so often. */
async function seed(plans: Record<"V1" | "V2", { n: number; failed: number }>) {
	const documents = Object.entries(plans).flatMap(([version, { n, failed }]) =>
		Array.from({ length: n }, (_, index) => ({
			...{ _id: `${newPlanId("seeded")}-${version}-${index}` },
			...{ version_assigned: version, version_weight: 50, counts: true },
			failure_class: index < failed ? "tickets_failed" : null,
			...{ sla_missed: false, active_ms: 1_000, risk_band: "low" },
			recorded_at: Date.now(),
		})),
	);
	await world.replaceDocuments("plan_outcomes", documents);
}

test("ab: text and JSON have the same figures, --dry-run changes nothing, --apply is seen in decisions, both ways", async () => {
	await cli("routing", "set", "--enable", "--percentage", "80", ...why);
	await seed({ V1: { n: 300, failed: 3 }, V2: { n: 300, failed: 0 } });
	const env = { ORCHESTRATOR_URL: world.address() };
	const asked = ["ab", "collect", "--hours", "4"];
	const json = await runCli([...asked, "--output", "json"], { env });
	const report = JSON.parse(json.stdout);
	assert.partialDeepStrictEqual(report, {
		...{ hours: 4, v2: { total_tasks: 300, success_rate: 1 } },
		existing: { total_tasks: 300, success_rate: 0.99 },
	});
	const { stdout } = await runCli(asked, { env });
	assert.match(stdout, /existing \(V1\)\s+300\s+\d+\s+3\s+0\s+0\s+99\.0 %/);
	assert.match(stdout, /v2\s+300\s+\d+\s+0\s+0\s+0\s+100\.0 %/);
	assert.match(stdout, /more often by 1\.0 %/);

	const { revision } = await cli("routing", "get");
	const dry = await cli("ab", "optimize", "--dry-run");
	assert.partialDeepStrictEqual(dry, {
		...{ current: 80, applied: null, mode: "dry-run" },
		recommendations: [{ type: "increase_v2_percentage", suggested: 100 }],
	});
	assert.equal((await cli("routing", "get")).revision, revision);

	const up = await cli("ab", "optimize", "--apply", "--actor", "ada");
	assert.partialDeepStrictEqual(up.applied, { percentage: 100 });
	await untilInForce(up.applied.revision);
	assert.equal(await versionBy(second.address), "V2");

	await seed({ V1: { n: 100, failed: 1 }, V2: { n: 100, failed: 60 } });
	const down = await cli("ab", "optimize", "--apply", "--actor", "ada");
	assert.partialDeepStrictEqual(down, {
		...{ recommendations: [{ type: "decrease_v2_percentage", suggested: 0 }] },
		applied: { percentage: 0 },
	});
	await untilInForce(down.applied.revision);
	assert.equal(await versionBy(second.address), "V1");
});
