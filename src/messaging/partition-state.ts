import { settlesWithin } from "../deadline.ts";
import type { Limiter } from "../limit-concurrency.ts";
import type { Log } from "../log.ts";
import type { BatchControl, SkippedRecords } from "../plans/records.ts";
import type { GroupSession } from "./group-session.ts";
import type { IncomingBatch } from "./incoming-message.ts";
import type { OffsetCommits } from "./offset-commits.ts";
import { type FailureVerdict, workOffBatch } from "./work-off-batch.ts";

export interface PartitionStateDeps {
	session: GroupSession;
	commits: OffsetCommits;
	/** Limits the batches of all partitions that are handled at once. */
	limit: Limiter;
	log: Log;
	backoff: { firstMs: number; maxMs: number };
	handleBatch(batch: IncomingBatch, control: BatchControl): Promise<void>;
	/** `tries`: the number of tries from the same message on, including this one. */
	judgeFailure(error: unknown, tries: number): Promise<FailureVerdict>;
	setAside(skipped: SkippedRecords): Promise<void>;
	/** Whether a handler's return means that its batch is finished. */
	commitOnReturn: boolean;
	/** Whether the owner of the consumer wants no batches of this partition. */
	isPaused(): boolean;
}

/** A partition from its assignment to us until it is taken away. */
export interface PartitionState {
	readonly topic: string;
	readonly partition: number;
	/**
	 * Resolves when the batch is over, or after `patienceMs`; in the second case the partition is paused until
	 * the batch is over.
	 */
	handle(batch: IncomingBatch, patienceMs: number): Promise<void>;
	/** Called after a rebalance in which we kept the partition: kafkajs has forgotten its position. */
	reposition(): void;
	/** Lets kafkajs fetch if no batch is being handled and nobody paused the partition; pauses it otherwise. */
	settle(): void;
	/** The partition is no longer ours: nothing of it is committed from now on. */
	lose(): void;
	/**
	 * Takes no more batches and waits for the running one; if that takes longer than `graceMs`, fires its signal
	 * and waits a little more.
	 */
	stop(graceMs: number): Promise<void>;
}

type State = "idle" | "busy" | "backing-off";

/** Begins idle, with kafkajs positioned at the committed offset. */
export function createPartitionState(
	topic: string,
	partition: number,
	deps: PartitionStateDeps,
): PartitionState {
	const { session, commits, log, backoff } = deps;
	const controller = new AbortController();
	let state: State = "idle";
	/** True while kafkajs's position may differ from ours. */
	let detached = false;
	let lost = false;
	let stopping = false;
	/** The next offset to read; it may be ahead of the finished offset when returning does not commit. */
	let position: bigint | undefined;
	let committed: bigint | undefined;
	let failures = 0;
	let work: Promise<void> = Promise.resolve();
	let timer: NodeJS.Timeout | undefined;

	function moveTo(next: bigint): void {
		if (position === undefined || next > position) position = next;
		failures = 0;
	}

	function finished(next: bigint): void {
		if (lost || (committed !== undefined && next <= committed)) return;
		committed = next;
		moveTo(next);
		commits.mark({ topic, partition, offset: String(next) });
	}

	async function runBatch(batch: IncomingBatch): Promise<void> {
		// A batch that waited for its turn does not begin once the consumer stops.
		if (lost || stopping) return;
		try {
			const control: BatchControl = {
				done: (offset) => finished(BigInt(offset) + 1n),
				signal: controller.signal,
			};
			await workOffBatch(batch, {
				handle: (part) => deps.handleBatch(part, control),
				// When the handler itself marks what is done, nothing beyond its marks is committed.
				passed: deps.commitOnReturn ? finished : moveTo,
				position: () => position ?? firstOf(batch),
				judge: (error) => deps.judgeFailure(error, failures + 1),
				setAside: deps.setAside,
				isOver: () => lost || stopping,
			});
			state = "idle";
		} catch (error) {
			backOff(error);
		}
	}

	function backOff(error: unknown): void {
		if (lost || stopping) return;
		const waitMs = Math.min(backoff.firstMs * 2 ** failures, backoff.maxMs);
		failures += 1;
		state = "backing-off";
		detached = true;
		log.warn(
			{ topic, partition, offset: String(position), failures, waitMs, error },
			"batch failed and is delivered again after a pause",
		);
		timer = setTimeout(() => {
			state = "idle";
			settle();
		}, waitMs);
	}

	function settle(): void {
		if (lost || stopping) return;
		if (state !== "idle" || deps.isPaused()) {
			session.pause(topic, partition);
			return;
		}
		if (detached && position !== undefined)
			session.seek({ topic, partition, offset: String(position) });
		detached = false;
		session.resume(topic, partition);
	}

	return {
		topic,
		partition,
		async handle(batch, patienceMs) {
			// Whoever has the partition now says whether it is fetched.
			if (lost) return;
			if (state !== "idle" || stopping || deps.isPaused()) {
				// kafkajs has moved on; seek back to this batch later.
				detached = true;
				position ??= firstOf(batch);
				return session.pause(topic, partition);
			}
			state = "busy";
			position = firstOf(batch);
			// A topic that was created again counts from zero.
			if (committed !== undefined && position < committed)
				committed = undefined;
			const running = deps.limit(() => runBatch(batch));
			work = running;
			if (await settlesWithin(patienceMs, running)) return settle();
			if (lost) return;
			detached = true;
			session.pause(topic, partition);
			void running.then(settle);
		},
		reposition() {
			detached = true;
		},
		settle,
		lose() {
			lost = true;
			clearTimeout(timer);
			commits.forget(topic, partition);
			controller.abort(
				new Error(
					`partition ${partition} of ${topic} went to another member of the group`,
				),
			);
		},
		async stop(graceMs) {
			stopping = true;
			clearTimeout(timer);
			session.pause(topic, partition);
			if (await settlesWithin(graceMs, work)) return;
			controller.abort(new Error("the consumer stops"));
			await settlesWithin(ABORT_MS, work);
		},
	};
}

/** How long a handler may take to notice that it is to stop. */
const ABORT_MS = 2_000;

function firstOf({ messages: [first] }: IncomingBatch): bigint {
	return BigInt(first?.unread?.firstOffset ?? first?.offset ?? 0);
}
