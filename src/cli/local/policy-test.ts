import { loadConfig } from "../../config.ts";
import type { DryRun } from "../../domain/dry-run.ts";
import { parseJson } from "../../domain/parse-json.ts";
import { dryRunDecision } from "../../plans/dry-run-decision.ts";
import { judgeDryRun, openTrialGate } from "../../policy/judge-dry-run.ts";
import type { CliIo } from "../cli-io.ts";
import { readJsonInput } from "../read-input.ts";

/** No server but OPA's is asked, so nobody has to name the others. */
const nowhere = "127.0.0.1:1";
const servers = {
	KAFKA_BOOTSTRAP_SERVERS: nowhere,
	TEMPORAL_HOST: nowhere,
	MONGODB_URI: `mongodb://${nowhere}`,
	REDIS_CLUSTER_NODES: nowhere,
};

/** What policies say of a plan or a decision, from here and with the settings that are here. */
export async function testPolicyHere(io: CliIo, file: string): Promise<DryRun> {
	const config = loadConfig({ ...servers, ...io.env }, process.cwd());
	const value = parseJson(await readJsonInput(file, io));
	const { plan: settings, versions, policy } = config;
	const gate = await openTrialGate(policy);
	const reply = dryRunDecision(
		{ settings, versions },
		{ value, nowMs: Date.now(), stored: { plan: null } },
	);
	if (reply.kind !== "done") throw new Error("the ledger was named as empty");
	return await judgeDryRun(gate, reply.run, reply.input);
}
