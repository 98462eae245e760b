import { Client, Connection } from "@temporalio/client";
import { purgeStep } from "../../../activities/purge-records.ts";
import {
	addCounts,
	type PurgeCounts,
	type PurgePlace,
	type RetentionName,
} from "../../domain/retention.ts";
import { createMongo } from "../../storage/mongo.ts";
import { createRetentionStore } from "../../storage/retention-store.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { connectionOptions } from "../../temporal/connection-options.ts";
import { createOrphanRuns } from "../../temporal/orphan-runs.ts";
import { planIdOf } from "../../temporal/workflow-ids.ts";
import { headSignatures } from "../../wiring/open-documents.ts";
import { CliError } from "../cli-error.ts";
import type { PurgeReport } from "../render/purge.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect, silentLog } from "./load-direct.ts";

export interface Purge {
	names: readonly RetentionName[];
	/** Unix epoch, ms. */
	beforeMs: number;
	isDryRun: boolean;
	actor: string;
	reason: string;
}

/** Purges, step by step, by this machine's settings of MongoDB and Temporal. */
export async function purgeHere(
	{ io, progress }: CommandContext,
	{ names, beforeMs, isDryRun, actor, reason }: Purge,
): Promise<PurgeReport> {
	if (beforeMs > Date.now())
		throw new CliError("usage", "--before is a time that is still to come", {
			remedy: "name a time that has passed",
		});
	const config = loadDirect(io);
	const { namespace, taskQueue } = config.temporal;
	const connection = Connection.lazy(connectionOptions(config.temporal));
	const client = new Client({ connection, namespace });
	const metrics = createMetrics();
	const mongo = createMongo(config.mongodb, { log: silentLog, metrics });
	const deps = {
		retention: createRetentionStore(mongo, {
			planIdOf,
			signer: headSignatures(config),
		}),
		runs: createOrphanRuns({ client: () => client, taskQueue }),
		onPurged: () => undefined,
	};
	try {
		// One that cannot be asked at all would keep every plan.
		await client.workflowService.getSystemInfo({});
		await mongo.ping();
		let counts: PurgeCounts = { purged: {}, kept: 0 };
		for (const name of names) {
			let after: PurgePlace | null = null;
			do {
				const step = { name, beforeMs, after, isDryRun, actor, reason };
				const isAfterPlans = names.includes("plans");
				const done = await purgeStep(
					deps,
					{ ...step, isAfterPlans },
					io.signal,
				);
				counts = addCounts(counts, done);
				after = done.next;
				progress.say(`${name}: ${sumOf(counts)} documents so far`);
			} while (after !== null);
		}
		return { before: beforeMs, is_dry_run: isDryRun, ...counts };
	} catch (cause) {
		io.signal.throwIfAborted();
		const why = cause instanceof Error ? cause.message : String(cause);
		throw new CliError("unreachable", `not purged to the end: ${why}`, {
			remedy:
				"repeat it: what is gone is not looked at again; `orchestrator doctor` looks at MongoDB and Temporal",
			cause,
		});
	} finally {
		await mongo.close();
		await connection.close();
	}
}

function sumOf({ purged }: PurgeCounts): number {
	return Object.values(purged).reduce((sum, count) => sum + count, 0);
}
