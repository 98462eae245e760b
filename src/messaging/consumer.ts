import { setTimeout as sleep } from "node:timers/promises";
import type { EachBatchPayload } from "kafkajs";
import { settlesWithin } from "../deadline.ts";
import { limitConcurrency } from "../limit-concurrency.ts";
import type { BatchControl, SkippedRecords } from "../plans/records.ts";
import {
	type GroupSession,
	type GroupSettings,
	openGroupSession,
} from "./group-session.ts";
import {
	type IncomingBatch,
	type IncomingMessage,
	toIncomingMessage,
} from "./incoming-message.ts";
import { createOffsetCommits, type OffsetCommits } from "./offset-commits.ts";
import {
	createPartitionState,
	type PartitionState,
} from "./partition-state.ts";
import { deletedRecords, setAsideSoon } from "./skipped-records.ts";
import type { FailureVerdict } from "./work-off-batch.ts";

export type { BatchControl, IncomingBatch, IncomingMessage, SkippedRecords };

export interface BatchConsumerSettings extends GroupSettings {
	/** How many batches are handled at once, of different partitions. */
	concurrency: number;
	/**
	 * Returning commits the batch. Throwing delivers it again from the first message that is not done,
	 * after a pause of this partition; other partitions go on. May take as long as it needs. A batch can
	 * come again after a crash or when partitions move between members.
	 */
	handleBatch(batch: IncomingBatch, control: BatchControl): Promise<void>;
	/**
	 * false: returning only asks for the next batch, and `done` alone commits, also after the return for
	 * as long as the partition is ours. For work that outlives its batch. Default true.
	 */
	commitOnReturn?: boolean;
	/**
	 * Whether a failure may pass; `tries` counts the tries from the same message on. A permanent failure is
	 * narrowed down to its message, which is set aside. Default: every failure may pass.
	 */
	judgeFailure?(error: unknown, tries: number): Promise<FailureVerdict>;
	/**
	 * Writes down that records are set aside: unreadable or deleted ones, and those that can never be handled.
	 * Throwing tries again. Default: an error in the log.
	 */
	setAside?(skipped: SkippedRecords): Promise<void>;
	/** Pause after a throw, doubled each time up to the maximum. Defaults 1 s and 30 s. */
	firstBackoffMs?: number;
	maxBackoffMs?: number;
	/** How long `stop` waits for running handlers before it fires their signal. Default 5 s. */
	stopGraceMs?: number;
}

export interface TopicPartition {
	topic: string;
	partition: number;
}

export interface BatchConsumer {
	/**
	 * Stops new batches of the partition, or of the whole topic, until `resume`; a running batch goes on.
	 * Survives rebalances.
	 */
	pause(topic: string, partition?: number): void;
	resume(topic: string, partition?: number): void;
	/** Resolves once the group has been joined; rejects when stopped before. */
	ready(): Promise<void>;
	/** Partitions that are ours now. */
	assignment(): TopicPartition[];
	/** Finishes or aborts the running handlers, commits finished offsets, leaves the group; bounded in time. */
	stop(): Promise<void>;
}

/** A batch that takes longer than this no longer holds up the fetches of other partitions. */
const HANDOVER_MS = 200;
const FIRST_RESTART_MS = 1_000;
/** After an outage a group waits for its dead members as well; our own pause must not add much to that. */
const MAX_RESTART_MS = 3_000;
const FLUSH_TIMEOUT_MS = 3_000;

/** One membership in the group, from joining until Kafka ends it. */
interface Membership {
	session: GroupSession;
	commits: OffsetCommits;
	/** undefined: not joined yet. */
	memberId?: string;
	partitions: Map<string, PartitionState>;
	ended: PromiseWithResolvers<unknown>;
}

/**
 * Reads topics as a member of a group. Works also while Kafka is away or a topic does not exist yet: it
 * joins when it can, and again after every failure.
 */
export async function createBatchConsumer(
	settings: BatchConsumerSettings,
): Promise<BatchConsumer> {
	const { log } = settings;
	const limit = limitConcurrency(settings.concurrency);
	const joined = Promise.withResolvers<void>();
	joined.promise.catch(() => undefined);
	const stopped = new AbortController();
	const paused = new Set<string>();
	let failures = 0;
	let membership = openMembership();
	const reconnecting = reconnect();

	const setAside =
		settings.setAside ??
		(async ({ record: _, ...skipped }: SkippedRecords) =>
			log.error({ ...skipped }, "records are set aside"));

	function isPaused(topic: string, partition: number): boolean {
		return paused.has(topic) || paused.has(keyOf(topic, partition));
	}

	function openMembership(): Membership {
		const partitions: Membership["partitions"] = new Map();
		const ended = Promise.withResolvers<unknown>();
		const session = openGroupSession(settings, {
			onJoined: (memberId, assigned) => onAssigned(opened, memberId, assigned),
			onBatch: (payload) => dispatch(opened, payload),
			onDeleted: (reset) => setAsideSoon(deletedRecords(reset), setAside),
			onEnded: ended.resolve,
		});
		const commits = createOffsetCommits(session.commit, log);
		const opened: Membership = { session, commits, partitions, ended };
		return opened;
	}

	/** The group has assigned us these partitions; every other one that we had is another member's now. */
	function onAssigned(
		current: Membership,
		memberId: string,
		assigned: TopicPartition[],
	): void {
		if (current.memberId !== undefined && current.memberId !== memberId) {
			giveUp(current, "the group had forgotten this member");
			return;
		}
		const keys = new Set(
			assigned.map(({ topic, partition }) => keyOf(topic, partition)),
		);
		for (const [key, partition] of current.partitions) {
			if (keys.has(key)) continue;
			partition.lose();
			current.partitions.delete(key);
		}
		current.memberId = memberId;
		for (const { topic, partition } of assigned)
			track(current, topic, partition);
		failures = 0;
		joined.resolve();
		log.info(
			{ groupId: settings.groupId, partitions: keys.size },
			"consumer joined its group",
		);
	}

	/**
	 * Ends a membership whose partitions other members may have read since. The next one has a session of its
	 * own: kafkajs keeps the seeks of before, and would stand behind records that nobody committed.
	 */
	function giveUp({ partitions, ended }: Membership, reason: string): void {
		for (const partition of partitions.values()) partition.lose();
		partitions.clear();
		ended.resolve(reason);
	}

	function track(
		{ session, commits, partitions }: Membership,
		topic: string,
		partition: number,
	): void {
		const key = keyOf(topic, partition);
		const known = partitions.get(key);
		const mine =
			known ??
			createPartitionState(topic, partition, {
				session,
				commits,
				limit,
				log,
				backoff: {
					firstMs: settings.firstBackoffMs ?? 1_000,
					maxMs: settings.maxBackoffMs ?? 30_000,
				},
				handleBatch: settings.handleBatch,
				judgeFailure: settings.judgeFailure ?? (async () => "again"),
				setAside,
				commitOnReturn: settings.commitOnReturn ?? true,
				isPaused: () => isPaused(topic, partition),
			});
		partitions.set(key, mine);
		if (known !== undefined) known.reposition();
		mine.settle();
	}

	async function dispatch(
		{ partitions }: Membership,
		{ batch, resolveOffset }: EachBatchPayload,
	): Promise<void> {
		const { topic, partition } = batch;
		const messages = batch.messages.map((message) =>
			toIncomingMessage(topic, partition, message),
		);
		const last = messages.at(-1);
		const mine = partitions.get(keyOf(topic, partition));
		// Fetched before a rebalance took the partition away: not ours to handle.
		if (last === undefined || mine === undefined) return;
		resolveOffset(last.offset);
		await mine.handle({ topic, partition, messages }, HANDOVER_MS);
	}

	async function reconnect(): Promise<void> {
		while (!stopped.signal.aborted) {
			const reason = await membership.ended.promise;
			giveUp(membership, "ended");
			if (stopped.signal.aborted) return;
			const waitMs = Math.min(FIRST_RESTART_MS * 2 ** failures, MAX_RESTART_MS);
			failures += 1;
			log.warn(
				{
					groupId: settings.groupId,
					topics: settings.topics,
					waitMs,
					error: String(reason),
				},
				"consumer lost its group and joins again: is Kafka reachable, do the topics exist?",
			);
			await membership.session.close();
			await sleep(waitMs, undefined, { signal: stopped.signal }).catch(
				() => undefined,
			);
			if (!stopped.signal.aborted) membership = openMembership();
		}
	}

	function settleAll(topic: string, partition: number | undefined): void {
		for (const mine of membership.partitions.values()) {
			if (
				mine.topic === topic &&
				(partition ?? mine.partition) === mine.partition
			)
				mine.settle();
		}
	}

	async function stop(): Promise<void> {
		stopped.abort();
		joined.reject(
			new Error("the consumer was stopped before it joined its group"),
		);
		const graceMs = settings.stopGraceMs ?? 5_000;
		await Promise.all(
			[...membership.partitions.values()].map((partition) =>
				partition.stop(graceMs),
			),
		);
		await settlesWithin(FLUSH_TIMEOUT_MS, membership.commits.flush());
		await membership.session.close();
		membership.ended.resolve("stopped");
		await reconnecting;
	}

	let stopping: Promise<void> | undefined;
	return {
		pause(topic, partition) {
			paused.add(keyOf(topic, partition));
			settleAll(topic, partition);
		},
		resume(topic, partition) {
			for (const key of [...paused]) {
				if (key === keyOf(topic, partition)) paused.delete(key);
				if (partition === undefined && key.startsWith(`${topic}/`))
					paused.delete(key);
			}
			settleAll(topic, partition);
		},
		ready: () => joined.promise,
		assignment: () =>
			[...membership.partitions.values()].map(({ topic, partition }) => ({
				topic,
				partition,
			})),
		stop() {
			stopping ??= stop();
			return stopping;
		},
	};
}

/** Topic names have no slash. */
function keyOf(topic: string, partition: number | undefined): string {
	return partition === undefined ? topic : `${topic}/${partition}`;
}
