import { purgeStep } from "../../activities/purge-records.ts";
import {
	addCounts,
	type PurgeCounts,
	type PurgePlace,
	type RetentionName,
	retentionNames,
} from "../../src/domain/retention.ts";
import { OrchestratorError } from "../../src/errors.ts";
import type { HeadSigner } from "../../src/plans/audit-ports.ts";
import { createRetentionStore } from "../../src/storage/retention-store.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";
import { planIdOf } from "../../src/temporal/workflow-ids.ts";

export interface Purge {
	names?: readonly RetentionName[];
	isDryRun?: boolean;
	beforeMs?: number;
	/** Plans whose runs Temporal still has; undefined: Temporal is away. */
	kept?: readonly string[] | undefined;
	signer?: HeadSigner;
}

/** Purges to the end; answers what it has done, and what it told of. */
export async function purge(mongo: Mongo, purge: Purge = {}) {
	const { names = retentionNames, isDryRun = false, beforeMs = 5_000 } = purge;
	const told: Record<string, number>[] = [];
	const deps = {
		retention: createRetentionStore(mongo, { planIdOf, signer: purge.signer }),
		runs: {
			async isKept(planId: string) {
				const { kept = "kept" in purge ? undefined : [] } = purge;
				if (kept === undefined)
					throw new OrchestratorError("TEMPORAL_UNAVAILABLE", "away");
				return kept.includes(planId);
			},
		},
		onPurged: (purged: Readonly<Record<string, number>>) =>
			void told.push(purged),
	};
	let counts: PurgeCounts = { purged: {}, kept: 0 };
	for (const name of names) {
		let after: PurgePlace | null = null;
		do {
			const author = { actor: "ada", reason: "older than a year" };
			const done = await purgeStep(
				deps,
				{ name, beforeMs, after, isDryRun, isAfterPlans: true, ...author },
				new AbortController().signal,
			);
			counts = addCounts(counts, done);
			after = done.next;
		} while (after !== null);
	}
	return { ...counts, told };
}
