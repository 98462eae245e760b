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
	/** Of all partitions together, so many batches are handled at once. */
	limit: Limiter;
	log: Log;
	backoff: { firstMs: number; maxMs: number };
	handleBatch(batch: IncomingBatch, control: BatchControl): Promise<void>;
	/** `tries`: how often it was tried from the same message on, with this time. */
	judgeFailure(error: unknown, tries: number): Promise<FailureVerdict>;
	setAside(skipped: SkippedRecords): Promise<void>;
	/** Whether a handler's return means that its batch is finished. */
	commitOnReturn: boolean;
	/** Whether the owner of the consumer wants no batches of this partition. */
	isPaused(): boolean;
}

/** A partition from the moment the group gives it to us until it takes it away. */
export interface PartitionState {
	readonly topic: string;
	readonly partition: number;
	/** Resolves when the batch is over, or after `patienceMs`; then the partition is paused meanwhile. */
	handle(
		batch: IncomingBatch,
		highWatermark: string,
		patienceMs: number,
	): Promise<void>;
	/** After a rebalance that left the partition with us: kafkajs has forgotten where it stood. */
	reposition(): void;
	/** Lets kafkajs fetch exactly if no batch is in work and nobody paused it. */
	settle(): void;
	/** Messages that are not yet finished, as far as known. */
	lag(): number;
	/** The partition is no longer ours: nothing of it is committed from now on. */
	lose(): void;
	/** Ends: takes no more, waits, then fires the signal and waits again. */
	stop(graceMs: number): Promise<void>;
}

type State = "idle" | "busy" | "backing-off" | "over";

/** Begins idle, with kafkajs standing at the committed offset. */
export function createPartitionState(
	topic: string,
	partition: number,
	deps: PartitionStateDeps,
): PartitionState {
	const { session, commits, log, backoff } = deps;
	const controller = new AbortController();
	let state: State = "idle";
	/** True while kafkajs may not stand where we do. */
	let detached = false;
	let lost = false;
	let stopping = false;
	/** Where reading goes on; ahead of what is finished when returning does not commit. */
	let position: bigint | undefined;
	let committed: bigint | undefined;
	let highWatermark = 0n;
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
		// What waited for its turn while the consumer began to stop is not begun.
		if (lost || stopping) return;
		try {
			const control: BatchControl = {
				done: (offset) => finished(BigInt(offset) + 1n),
				signal: controller.signal,
			};
			await workOffBatch(batch, {
				handle: (part) => deps.handleBatch(part, control),
				// A handler that says itself what is done must not be committed past.
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
		if (lost || stopping || state === "over") return;
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
		async handle(batch, watermark, patienceMs) {
			// Whoever has the partition now says whether it is fetched.
			if (lost) return;
			if (state !== "idle" || stopping || deps.isPaused()) {
				// kafkajs has moved on; come back to what is not handled now.
				detached = true;
				position ??= firstOf(batch);
				return session.pause(topic, partition);
			}
			state = "busy";
			position = firstOf(batch);
			// A topic that was made anew counts from zero again.
			if (committed !== undefined && position < committed)
				committed = undefined;
			highWatermark = BigInt(watermark);
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
		lag: () =>
			Number(
				position === undefined || highWatermark < position
					? 0n
					: highWatermark - position,
			),
		lose() {
			lost = true;
			state = "over";
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
