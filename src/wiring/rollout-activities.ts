import {
	createRolloutActivities,
	type RolloutActivities,
} from "../../activities/rollout.ts";
import { createPublishers } from "../messaging/publishers.ts";
import { createOutcomeReader } from "../rollout/outcome-reader.ts";
import type { HttpSwitch, RolloutEngine } from "../rollout/ports.ts";
import { createReleaseWriter } from "../rollout/release-writer.ts";
import { createRoutingStore } from "../rollout/routing-store.ts";
import { createRolloutStore } from "../rollout/store.ts";
import { openBudgets } from "../sla/sources.ts";
import { createReleaseMetrics } from "../telemetry/count-releases.ts";
import { createPublisherMetrics } from "../telemetry/publisher-metrics.ts";
import type { Parts } from "./parts.ts";

/** A budget that burns fast does so for minutes. */
const BUDGET_AGE_MS = 30_000;

/** What the controller of releases may do. */
export function openRolloutActivities(
	parts: Parts,
	engine: RolloutEngine,
	httpSwitch?: HttpSwitch,
): RolloutActivities {
	const { mongo, producer, topics, codec, metrics, redact } = parts;
	const budgets = openBudgets(parts);
	const kept = createRolloutStore(mongo);
	const store = countedStore(kept, createReleaseMetrics(metrics));
	return createRolloutActivities({
		...{ engine, store, httpSwitch },
		outcomes: createOutcomeReader(mongo),
		looks: store,
		async budgetBurnsFast() {
			const { reading } = await budgets.view(BUDGET_AGE_MS);
			return reading === null ? null : reading.burning.length > 0;
		},
		release: createReleaseWriter(createRoutingStore(mongo)),
		publisher: createPublishers({
			...{ producer, topics, redact },
			encodeTicket: codec.encodeTicket,
			encodeApprovalRequest: codec.encodeApprovalRequest,
			metrics: createPublisherMetrics(metrics),
		}),
	});
}

/** Shows the release as its controller sees it. */
function countedStore(
	store: ReturnType<typeof createRolloutStore>,
	releases: ReturnType<typeof createReleaseMetrics>,
): typeof store {
	return {
		...store,
		async keepLook(state, look, keepVerdict) {
			const { phase, pausedAtMs: pausedSinceMs } = state;
			const { atMs, verdict, unreadable } = look;
			const isUnreadable = unreadable !== null;
			releases.looked({ atMs, phase, pausedSinceMs, verdict, isUnreadable });
			await store.keepLook(state, look, keepVerdict);
		},
		async keepState(state, events) {
			const { phase, pausedAtMs: pausedSinceMs } = state;
			const look = { verdict: null, isUnreadable: false };
			releases.looked({ atMs: Date.now(), phase, pausedSinceMs, ...look });
			await store.keepState(state, events);
		},
	};
}
