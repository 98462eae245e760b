import { Client, Connection } from "@temporalio/client";
import {
	connectionOptions,
	type TemporalAddress,
} from "./connection-options.ts";
import { examineRun } from "./examine-run.ts";
import { describeRun } from "./start-plan.ts";
import { createTemporalCalls, type TemporalCalls } from "./temporal-calls.ts";
import { planWorkflowId } from "./workflow-ids.ts";

const CALL_TIMEOUT_MS = 5_000;
const CONCURRENCY = 8;

/** Plans whose runs cannot go on, by the fault. */
export interface RunInspection {
	gone: string[];
	ended: string[];
	stuck: string[];
}

/** Asks about the newest run of each of these open plans. Throws TEMPORAL_UNAVAILABLE. */
export async function inspectRuns(
	address: TemporalAddress,
	namespace: string,
	planIds: readonly string[],
): Promise<RunInspection> {
	const connection = Connection.lazy(connectionOptions(address));
	const client = new Client({ connection, namespace });
	const calls = createTemporalCalls({
		client: () => client,
		callTimeoutMs: CALL_TIMEOUT_MS,
	});
	const facts: RunInspection = { gone: [], ended: [], stuck: [] };
	try {
		for (let at = 0; at < planIds.length; at += CONCURRENCY)
			await Promise.all(
				planIds
					.slice(at, at + CONCURRENCY)
					.map((planId) => inspectRun(calls, planId, facts)),
			);
		return facts;
	} finally {
		await connection.close();
	}
}

async function inspectRun(
	calls: TemporalCalls,
	planId: string,
	facts: RunInspection,
): Promise<void> {
	const fault = await examineRun(calls, planId);
	if (fault !== undefined) facts[fault.kind].push(planId);
	else if ((await describeRun(calls, planWorkflowId(planId))) === undefined)
		facts.gone.push(planId);
}
