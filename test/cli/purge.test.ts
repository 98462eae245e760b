import assert from "node:assert/strict";
import { test } from "node:test";
import { verifyPlan } from "../../src/plans/verify-audit.ts";
import { createAuditTrailReader } from "../../src/storage/audit-trail-reader.ts";
import { planWorkflowId } from "../../src/temporal/workflow-ids.ts";
import { runsOf } from "../support/audit-states.ts";
import { storePlan } from "../support/stored-plans.ts";
import { openMongo } from "../support/stores.ts";
import { runCli } from "./support/run-cli.ts";

test("cli purge: counts first, takes away then, and leaves who did it and why in the audit trail", async (t) => {
	const { mongo, database } = await openMongo(t);
	await storePlan(mongo, "p", { finishedAt: Date.UTC(2020, 0) });
	await storePlan(mongo, "young", { finishedAt: Date.now() });
	const env = { ENV_FILE: "none", MONGODB_DATABASE: database };
	const purge = (...more: string[]) =>
		runCli(["purge", "--reason", "policy 7", "--actor", "ada", ...more], {
			env,
		});
	const before = ["--before", "2021-01-01T00:00:00Z"];
	const dry = await purge(...before, "--dry-run", "--json");
	assert.equal(dry.code, 0, dry.stderr);
	const counted = JSON.parse(dry.stdout);
	assert.partialDeepStrictEqual(counted, {
		is_dry_run: true,
		kept: 0,
		purged: { workflows: 1, execution_tickets: 2, audit_trail: 3 },
	});
	const trails = createAuditTrailReader(mongo, planWorkflowId);
	const verify = async () =>
		await verifyPlan({ trails, runs: runsOf({}) }, "p");
	assert.equal((await verify()).records, 3, "nothing has gone");

	const done = await purge(...before, "--only", "plans");
	assert.equal(done.code, 0, done.stderr);
	assert.match(done.stdout, /purged.*: 7 documents/);
	assert.match(done.stdout, /execution_tickets +2/);
	const verdict = await verify();
	assert.deepEqual([verdict.faults, verdict.records], [[], 4]);
	assert.partialDeepStrictEqual(verdict.purges, [
		{ actor: "ada", reason: "policy 7" },
	]);
	const rest = JSON.parse((await purge(...before, "--json")).stdout);
	assert.partialDeepStrictEqual(rest.purged, { workflows: 0, audit_trail: 3 });
});

test("cli purge: nothing without a reason, nor before a time that is still to come", async () => {
	const unreasoned = await runCli(["purge", "--before", "1d"]);
	assert.equal(unreasoned.code, 2);
	assert.match(unreasoned.stderr, /--reason/);
	const future = ["--before", "2999-01-01T00:00:00Z", "--reason", "r"];
	const refused = await runCli(["purge", ...future]);
	assert.equal(refused.code, 2);
	assert.match(refused.stderr, /still to come/);
});
