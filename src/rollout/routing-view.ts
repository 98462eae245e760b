import { settlesWithin } from "../deadline.ts";
import { type StartVersions, startSplit } from "../domain/choose-version.ts";
import type {
	RoutingInForce,
	VersionSplit,
} from "../domain/rollout/routing.ts";
import { isRetryable } from "../errors.ts";
import type { Log } from "../log.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import {
	createRoutingStore,
	type RoutingDocuments,
	type RoutingStore,
} from "./routing-store.ts";

/** The routing as this process knows it: read each second, and the last known one while MongoDB is away. */
export interface RoutingView {
	/** What is known now. While nothing was ever read it is empty: then the settings stand. */
	peek(): KnownRouting;
	/** The same; in a process that just began it waits half a second for the first reading. */
	current(): Promise<KnownRouting>;
	/** Reads now. An outage leaves what is known. */
	refresh(): Promise<void>;
}

interface KnownRouting {
	documents: RoutingDocuments;
	/** When it was read, Unix epoch, ms; null: never. */
	readAtMs: number | null;
}

interface RoutingViewDeps {
	store: Pick<RoutingStore, "readAll">;
	/** The settings, which stand until a person sets the split. */
	start: VersionSplit;
	metrics: Pick<
		Metrics,
		"routingRevision" | "routingReadSeconds" | "splitPercentage"
	>;
	log: Pick<Log, "info">;
	/** Told what is known, whenever it was read. */
	onRead?(documents: RoutingDocuments): void;
}

/** Between two readings. */
export const ROUTING_PAUSE_MS = 1_000;
const PATIENCE_MS = 500;
/** So old, it is said in `/health`. */
const STALE_MS = 10_000;

export function createRoutingView({
	store,
	start,
	metrics,
	log,
	onRead = () => {},
}: RoutingViewDeps): RoutingView {
	let known: KnownRouting = { documents: {}, readAtMs: null };
	let reading: Promise<void> | undefined;
	let first: Promise<void> | undefined;

	show({});

	function show({ split }: RoutingDocuments): void {
		const { enabled, percentage } = split?.body ?? start;
		metrics.splitPercentage.set(enabled ? percentage : 0);
	}

	async function read(): Promise<void> {
		try {
			const documents = await store.readAll();
			tellChanges(known.documents, documents);
			show(documents);
			onRead(documents);
			known = { documents, readAtMs: Date.now() };
			metrics.routingReadSeconds.set(Date.now() / 1_000);
		} catch (error) {
			if (!isRetryable(error)) throw error;
		} finally {
			reading = undefined;
		}
	}

	function tellChanges(former: RoutingDocuments, now: RoutingDocuments): void {
		for (const document of Object.values(now)) {
			const { _id: subject, revision, actor, reason, body } = document;
			if (former[subject]?.revision === revision) continue;
			metrics.routingRevision.set({ subject }, revision);
			const facts = { subject, revision, actor, reason, body };
			log.info(facts, "routing is now");
		}
	}

	const refresh = () => {
		reading ??= read();
		first ??= reading;
		return reading;
	};
	return {
		peek: () => known,
		refresh,
		async current() {
			if (known.readAtMs === null)
				await settlesWithin(PATIENCE_MS, first ?? refresh());
			return known;
		},
	};
}

/** The one of this process. */
export function openRoutingView({
	mongo,
	versions,
	...deps
}: Omit<RoutingViewDeps, "store" | "start"> & {
	mongo: Mongo;
	versions: StartVersions;
}): RoutingView {
	const store = createRoutingStore(mongo);
	return createRoutingView({ store, start: startSplit(versions), ...deps });
}

/** What decides about new plans. */
export function inForce(
	{ documents: { split, release } }: KnownRouting,
	workflowIdOf: (planId: string) => string,
): RoutingInForce {
	return {
		split,
		release: release && { body: release.body, workflowIdOf },
	};
}

/** Why what is known may not be what is in force; undefined: it is fresh. */
export function whyRoutingIsOld(
	{ documents, readAtMs }: KnownRouting,
	nowMs: number,
): string | undefined {
	if (readAtMs === null)
		return "routing was never read: the settings decide, whatever was set at run time";
	const ageMs = nowMs - readAtMs;
	if (ageMs < STALE_MS) return undefined;
	const revisions = Object.values(documents).map(
		({ _id, revision }) => `${_id} ${revision}`,
	);
	const what = revisions.length === 0 ? "the settings" : revisions.join(", ");
	return `routing was read ${Math.round(ageMs / 1_000)} s ago; what was known then stands: ${what}`;
}
