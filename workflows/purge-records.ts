import { proxyActivities } from "@temporalio/workflow";
import type { Activities } from "../activities/index.ts";
import { SERVICE_ACTOR } from "../src/domain/origin.ts";
import {
	addCounts,
	type PurgeCounts,
	type PurgedStep,
	type RetentionDays,
	retentionNames,
	retentionSettings,
} from "../src/domain/retention.ts";

const DAY_MS = 86_400_000;
/** At most so many steps for one setting; the next run does the rest. */
const MAX_STEPS = 200;

// One try a look: the schedule comes again.
const { purgeExpired } = proxyActivities<Activities>({
	startToCloseTimeout: "10m",
	heartbeatTimeout: "10s",
	retry: { maximumAttempts: 1 },
});

/** Run by a schedule: deletes records that are older than their setting allows, step by step. */
export async function purgeRecords(days: RetentionDays): Promise<PurgeCounts> {
	const nowMs = Date.now();
	let counts: PurgeCounts = { purged: {}, kept: 0 };
	for (const name of retentionNames) {
		const kept = days[name];
		if (kept === undefined) continue;
		let after: PurgedStep["next"] = null;
		for (let step = 0; step < MAX_STEPS; step += 1) {
			const done: PurgedStep = await purgeExpired({
				name,
				beforeMs: nowMs - kept * DAY_MS,
				after,
				isDryRun: false,
				actor: SERVICE_ACTOR,
				reason: `${retentionSettings[name]} is ${kept}`,
			});
			counts = addCounts(counts, done);
			after = done.next;
			if (after === null) break;
		}
	}
	return counts;
}
