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
import { createHeldPartition, type HeldPartition } from "./held-partition.ts";
import {
	type IncomingBatch,
	type IncomingMessage,
	toIncomingMessage,
} from "./incoming-message.ts";
import { createOffsetCommits, type OffsetCommits } from "./offset-commits.ts";
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
	 * Whether a failure may pass; `tries` counts how often it was tried from the same message on. One that
	 * never will is narrowed down to its message, which is set aside. Default: it always may.
	 */
	judgeFailure?(error: unknown, tries: number): Promise<FailureVerdict>;
	/**
	 * Writes down that records are passed over: unreadable ones, deleted ones, and those whose handling can
	 * never succeed. Throwing tries again. Default: an error in the log.
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
	/** No new batches of the partition, or of the whole topic, until `resume`; a running one goes on. Outlives rebalances. */
	pause(topic: string, partition?: number): void;
	resume(topic: string, partition?: number): void;
	/** Resolves once the group has been joined; rejects when stopped before. */
	ready(): Promise<void>;
	/** Partitions that are ours now. */
	assignment(): TopicPartition[];
	/** Messages not yet finished, as known from the last fetch of each of our partitions. */
	lag(): (TopicPartition & { lag: number })[];
	/** Finishes or aborts the running handlers, commits what is done, leaves the group; bounded in time. */
	stop(): Promise<void>;
}

/** A batch that takes longer than this no longer holds up the fetches of other partitions. */
const HANDOVER_MS = 200;
const FIRST_RESTART_MS = 1_000;
/** After an outage a group waits for its dead members as well; our own pause must not add much to that. */
const MAX_RESTART_MS = 3_000;
const FLUSH_TIMEOUT_MS = 3_000;

interface Life {
	session: GroupSession;
	commits: OffsetCommits;
	memberId: string | undefined;
	held: Map<string, HeldPartition>;
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
	let life = begin();
	const living = live();

	const setAside =
		settings.setAside ??
		(async ({ record: _, ...skipped }: SkippedRecords) =>
			log.error({ ...skipped }, "records are passed over"));

	function isPaused(topic: string, partition: number): boolean {
		return paused.has(topic) || paused.has(placeOf(topic, partition));
	}

	function begin(): Life {
		const held: Life["held"] = new Map();
		const ended = Promise.withResolvers<unknown>();
		const session = openGroupSession(settings, {
			onJoined: (memberId, partitions) => take(born, memberId, partitions),
			onBatch: (payload) => hand(born, payload),
			onDeleted: (reset) => setAsideSoon(deletedRecords(reset), setAside),
			onEnded: ended.resolve,
		});
		const commits = createOffsetCommits(session.commit, log);
		const born: Life = { session, commits, memberId: undefined, held, ended };
		return born;
	}

	/** The group has given us these partitions; whatever else we held is another's. */
	function take(
		current: Life,
		memberId: string,
		partitions: TopicPartition[],
	): void {
		// A new member id: the group had forgotten us, and others may have gone on in between.
		const isSameMember = current.memberId === memberId;
		const places = new Set(
			partitions.map(({ topic, partition }) => placeOf(topic, partition)),
		);
		for (const [place, partition] of current.held) {
			if (isSameMember && places.has(place)) continue;
			partition.lose();
			current.held.delete(place);
		}
		current.memberId = memberId;
		for (const { topic, partition } of partitions)
			hold(current, topic, partition);
		failures = 0;
		joined.resolve();
		log.info(
			{ groupId: settings.groupId, partitions: places.size },
			"consumer joined its group",
		);
	}

	function hold(
		{ session, commits, held }: Life,
		topic: string,
		partition: number,
	): void {
		const place = placeOf(topic, partition);
		const known = held.get(place);
		const mine =
			known ??
			createHeldPartition(topic, partition, {
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
		held.set(place, mine);
		if (known !== undefined) known.reposition();
		mine.settle();
	}

	async function hand(
		{ held }: Life,
		{ batch, resolveOffset }: EachBatchPayload,
	): Promise<void> {
		const { topic, partition } = batch;
		const messages = batch.messages.map((message) =>
			toIncomingMessage(topic, partition, message),
		);
		const last = messages.at(-1);
		const mine = held.get(placeOf(topic, partition));
		// Fetched before a rebalance took the partition away: not ours to handle.
		if (last === undefined || mine === undefined) return;
		resolveOffset(last.offset);
		await mine.handle(
			{ topic, partition, messages },
			batch.highWatermark,
			HANDOVER_MS,
		);
	}

	async function live(): Promise<void> {
		while (!stopped.signal.aborted) {
			const reason = await life.ended.promise;
			for (const partition of life.held.values()) partition.lose();
			life.held.clear();
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
			await life.session.close();
			await sleep(waitMs, undefined, { signal: stopped.signal }).catch(
				() => undefined,
			);
			if (!stopped.signal.aborted) life = begin();
		}
	}

	function settleAll(topic: string, partition: number | undefined): void {
		for (const mine of life.held.values()) {
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
			[...life.held.values()].map((partition) => partition.stop(graceMs)),
		);
		await settlesWithin(FLUSH_TIMEOUT_MS, life.commits.flush());
		await life.session.close();
		life.ended.resolve("stopped");
		await living;
	}

	let stopping: Promise<void> | undefined;
	return {
		pause(topic, partition) {
			paused.add(placeOf(topic, partition));
			settleAll(topic, partition);
		},
		resume(topic, partition) {
			for (const place of [...paused]) {
				if (place === placeOf(topic, partition)) paused.delete(place);
				if (partition === undefined && place.startsWith(`${topic}/`))
					paused.delete(place);
			}
			settleAll(topic, partition);
		},
		ready: () => joined.promise,
		assignment: () =>
			[...life.held.values()].map(({ topic, partition }) => ({
				topic,
				partition,
			})),
		lag: () =>
			[...life.held.values()].map(({ topic, partition, lag }) => ({
				topic,
				partition,
				lag: lag(),
			})),
		stop() {
			stopping ??= stop();
			return stopping;
		},
	};
}

/** Topic names have no slash. */
function placeOf(topic: string, partition: number | undefined): string {
	return partition === undefined ? topic : `${topic}/${partition}`;
}
