import type {
	Consumer,
	ConsumerGroupJoinEvent,
	EachBatchPayload,
} from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import { createKafkaClient, type KafkaSettings } from "./kafka-client.ts";
import {
	forgetResets,
	listenForResets,
	type OffsetReset,
} from "./offset-resets.ts";

export interface PartitionOffset {
	topic: string;
	partition: number;
	/** The next message to be read. */
	offset: string;
}

export interface GroupSettings extends KafkaSettings {
	groupId: string;
	topics: readonly string[];
	/** Where a group that has never committed begins. */
	fromBeginning: boolean;
	/** How long the group waits for a silent member. Default 10 s. */
	sessionTimeoutMs?: number;
	/** Upper bound of one fetch a partition, before decompression. Default 32 kB. */
	maxBytesPerPartition?: number;
}

export interface GroupEvents {
	/** The member id tells whether the group had forgotten us in between. */
	onJoined(
		memberId: string,
		partitions: { topic: string; partition: number }[],
	): void;
	/** Must return soon and never throw: heartbeats and all other partitions wait for it. */
	onBatch(payload: EachBatchPayload): Promise<void>;
	/**
	 * Kafka has deleted the records that the group would have read next. Must resolve within seconds, or throw
	 * to be called again: heartbeats wait for it.
	 */
	onDeleted(reset: OffsetReset): Promise<void>;
	/** The session has ended; no further event follows. */
	onEnded(reason: unknown): void;
}

/** A kafkajs consumer from joining the group to the first failure it does not survive. */
export interface GroupSession {
	pause(topic: string, partition: number): void;
	resume(topic: string, partition: number): void;
	seek(position: PartitionOffset): void;
	commit(offsets: readonly PartitionOffset[]): Promise<void>;
	/** Leaves the group; bounded in time. */
	close(): Promise<void>;
}

/** After a crash of a member or a broker, the group waits this long for the missing member. */
const DEFAULT_SESSION_TIMEOUT_MS = 10_000;
const REBALANCE_TIMEOUT_MS = 30_000;
const REQUEST_TIMEOUT_MS = 15_000;
/** A partition that was added or moved is noticed within this time. */
const METADATA_MAX_AGE_MS = 60_000;
/** Limit in compressed bytes: repetitive messages take several hundred times as much in memory. */
const DEFAULT_MAX_BYTES_PER_PARTITION = 32_768;
const CLOSE_TIMEOUT_MS = 5_000;
const MAX_LATE_FETCHES = 2;
/** Batches of more partitions than these are handed over in turns. */
const CONCURRENT_HANDOVERS = 64;

/** Joins the group in the background and returns at once; the outcome arrives as events. */
export function openGroupSession(
	settings: GroupSettings,
	events: GroupEvents,
): GroupSession {
	const sessionTimeoutMs =
		settings.sessionTimeoutMs ?? DEFAULT_SESSION_TIMEOUT_MS;
	const consumer = createKafkaClient(settings, {
		requestTimeoutMs: REQUEST_TIMEOUT_MS,
		retries: 3,
	}).consumer({
		groupId: settings.groupId,
		sessionTimeout: sessionTimeoutMs,
		heartbeatInterval: Math.floor(sessionTimeoutMs / 5),
		rebalanceTimeout: REBALANCE_TIMEOUT_MS,
		metadataMaxAge: METADATA_MAX_AGE_MS,
		maxBytesPerPartition:
			settings.maxBytesPerPartition ?? DEFAULT_MAX_BYTES_PER_PARTITION,
		allowAutoTopicCreation: false,
		// kafkajs's own restart keeps its broken state; we start a new consumer instead.
		retry: {
			retries: 3,
			initialRetryTime: 100,
			restartOnFailure: async () => false,
		},
	});
	const watchdog = watch(consumer, sessionTimeoutMs, end);
	let ended = false;
	let memberId: string | undefined;

	function end(reason: unknown): void {
		watchdog.stop();
		if (!ended) events.onEnded(reason);
		ended = true;
		if (memberId !== undefined) forgetResets(memberId);
	}

	function join(joined: string): void {
		if (memberId !== undefined) forgetResets(memberId);
		memberId = joined;
		listenForResets(joined, events.onDeleted);
	}

	consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
	consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
		if (ended) return;
		join(payload.memberId);
		events.onJoined(payload.memberId, partitionsOf(payload.memberAssignment));
	});
	const running = run(consumer, settings, events).catch(end);

	/** A session that ended or has not joined has nothing to pause. */
	function whileRunning(act: () => void): void {
		if (ended) return;
		try {
			act();
		} catch (error) {
			settings.log.debug({ error: String(error) }, "consumer is not running");
		}
	}

	return {
		pause: (topic, partition) =>
			whileRunning(() => consumer.pause([{ topic, partitions: [partition] }])),
		resume: (topic, partition) =>
			whileRunning(() => consumer.resume([{ topic, partitions: [partition] }])),
		seek: (position) => whileRunning(() => consumer.seek(position)),
		async commit(offsets) {
			// kafkajs resolves without a commit when it no longer runs.
			if (ended) throw new Error("the group session is over");
			await consumer.commitOffsets([...offsets]);
		},
		async close() {
			ended = true;
			watchdog.stop();
			if (memberId !== undefined) forgetResets(memberId);
			await settlesWithin(CLOSE_TIMEOUT_MS, consumer.disconnect());
			// A pending connect opens its socket only now, and would keep the process alive.
			void running.then(() =>
				settlesWithin(CLOSE_TIMEOUT_MS, consumer.disconnect()),
			);
		},
	};
}

async function run(
	consumer: Consumer,
	{ topics, fromBeginning }: GroupSettings,
	{ onBatch }: GroupEvents,
): Promise<void> {
	await consumer.connect();
	await consumer.subscribe({ topics: [...topics], fromBeginning });
	await consumer.run({
		autoCommit: false,
		eachBatchAutoResolve: false,
		partitionsConsumedConcurrently: CONCURRENT_HANDOVERS,
		eachBatch: onBatch,
	});
}

/**
 * kafkajs fetches all the time, so a silent consumer is stuck. A consumer that the group has forgotten, and
 * that could not rejoin at once because the coordinator was loading, keeps fetching and never joins: it sends
 * no heartbeat, and the brokers refuse its commits.
 */
function watch(
	consumer: Consumer,
	sessionTimeoutMs: number,
	onStuck: (reason: Error) => void,
) {
	const patienceMs = sessionTimeoutMs + REBALANCE_TIMEOUT_MS;
	let aliveAtMs = Date.now();
	let memberAtMs = Date.now();
	/**
	 * Fetches since the time when the group must have forgotten us; the first fetch after a pause of this
	 * process proves nothing.
	 */
	let lateFetches = 0;
	const { FETCH, HEARTBEAT, GROUP_JOIN } = consumer.events;
	for (const event of [HEARTBEAT, GROUP_JOIN] as const) {
		consumer.on(event as typeof HEARTBEAT, () => {
			aliveAtMs = Date.now();
			memberAtMs = aliveAtMs;
			lateFetches = 0;
		});
	}
	consumer.on(FETCH, () => {
		aliveAtMs = Date.now();
		if (aliveAtMs - memberAtMs > sessionTimeoutMs) lateFetches += 1;
		if (lateFetches > MAX_LATE_FETCHES)
			onStuck(new Error(`no heartbeat for ${sessionTimeoutMs} ms`));
	});
	const timer = setInterval(() => {
		if (Date.now() - aliveAtMs > patienceMs)
			onStuck(new Error(`no sign of life for ${patienceMs} ms`));
	}, patienceMs / 10);
	return { stop: () => clearInterval(timer) };
}

function partitionsOf(
	assignment: ConsumerGroupJoinEvent["payload"]["memberAssignment"],
) {
	return Object.entries(assignment).flatMap(([topic, partitions]) =>
		partitions.map((partition) => ({ topic, partition })),
	);
}
