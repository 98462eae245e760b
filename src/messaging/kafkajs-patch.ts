import { createRequire } from "node:module";
import { patchOffsetManager } from "./offset-resets.ts";
import {
	type FetchResponse,
	readFetchResponse,
} from "./read-fetch-response.ts";
import { isRecordBatch, readRecordBatches } from "./read-record-batches.ts";
import { writeRecord } from "./write-record.ts";

/** The part of kafkajs's request queue that the correction touches. */
interface RequestQueue {
	readonly enforceRequestTimeout: boolean;
	readonly inflight: ReadonlyMap<number, InflightRequest>;
	isConnected(): boolean;
	destroy(): void;
	scheduleRequestTimeoutCheck(): void;
	throttledUntil: number;
	throttleCheckTimeoutId: NodeJS.Timeout | null;
	readonly pending: readonly unknown[];
	checkPendingRequests(): void;
	scheduleCheckPendingRequests(): void;
}

/** The part of kafkajs's consumer that the correction touches. */
interface ConsumerGroup {
	maxWaitTime: number;
	readonly subscriptionState: { paused(): readonly unknown[] };
	fetch(nodeId: string): Promise<unknown[]>;
}

interface InflightRequest {
	readonly sentAt: number;
	readonly requestTimeout: number;
	timeoutRequest(): void;
}

/** kafkajs's cursor over bytes. */
interface Decoder {
	readonly buffer: Buffer;
	offset: number;
}
type DecodeMessages = (decoder: Decoder) => Promise<unknown[]>;

/** How late a request may time out; kafkajs looks ten times as often, with a timer for every connection. */
const REQUEST_TIMEOUT_CHECK_MS = 1_000;
/** How long a fetch of all partitions waits at the broker for a record; it also delays a stop and a rebalance. */
const FETCH_WAIT_MS = 1_000;
/** The same while a partition is paused: once resumed, it is not read before the running fetch has ended. */
const FETCH_WAIT_PAUSED_MS = 200;
/** kafkajs's own value: how soon to look again while requests wait for a free slot. */
const CHECK_PENDING_REQUESTS_MS = 10;

/** 64 MB: the memory that the records of one batch, or of one fetch, may take. */
export const DEFAULT_MAX_BATCH_BYTES = 64 * 1_048_576;

const require = createRequire(import.meta.url);
/** One value for the process: kafkajs's decoders do not know their connection. */
let maxBatchBytes = DEFAULT_MAX_BATCH_BYTES;
/** The request queues of all connections: one timer looks at all of them. */
const watched = new Set<RequestQueue>();
let timeoutCheck: NodeJS.Timeout | undefined;

/**
 * Corrects kafkajs 2.2.4 for the whole process. Safe to call again; the last limit given stands.
 *
 * Idle connections become cheap, and their ends certain: it looks for requests that timed out every 100
 * ms on each; once a second on all together is enough for time-outs of many seconds. And it arms a timer
 * after every look at a connection's request queue, with a negative delay while nothing is throttled: Node
 * 24 warns and makes it 1 ms, so every connection wakes a thousand times a second for nothing. Here the
 * timer is armed only when requests wait. Who disconnects waits for the answers under way, and from then on kafkajs no longer
 * notices that one of them is overdue: without that answer it waits for ever. Here it is looked for until
 * none is missing. A fetch waits long only when it is of all partitions.
 *
 * A group whose next record was deleted is told so before its place is moved (see `offset-resets.ts`).
 * What others have written is read within a limit of memory, and what cannot be read is set aside (see
 * `read-record-batches.ts`). What we write has its headers in their order (see `write-record.ts`).
 */
export function patchKafkajs(limitBytes?: number): void {
	maxBatchBytes = limitBytes ?? maxBatchBytes;
	const RequestQueue = require("kafkajs/src/network/requestQueue") as {
		prototype: RequestQueue;
	};
	if (
		RequestQueue.prototype.scheduleRequestTimeoutCheck ===
		scheduleRequestTimeoutCheck
	)
		return;
	Object.assign(RequestQueue.prototype, {
		scheduleRequestTimeoutCheck,
		scheduleCheckPendingRequests,
		destroy,
	});
	const OffsetManager = require("kafkajs/src/consumer/offsetManager") as {
		prototype: Parameters<typeof patchOffsetManager>[0];
	};
	patchOffsetManager(OffsetManager.prototype);
	const ConsumerGroup = require("kafkajs/src/consumer/consumerGroup") as {
		prototype: ConsumerGroup;
	};
	patchFetch(ConsumerGroup.prototype);
	replace("kafkajs/src/protocol/recordBatch/record/v0", writeRecord);
	patchReaders();
}

function patchFetch(group: ConsumerGroup): void {
	const { fetch } = group;
	group.fetch = function (nodeId) {
		const isPaused = this.subscriptionState.paused().length > 0;
		this.maxWaitTime = isPaused ? FETCH_WAIT_PAUSED_MS : FETCH_WAIT_MS;
		return fetch.call(this, nodeId);
	};
}

function patchReaders(): void {
	const path = "kafkajs/src/protocol/requests/fetch/v4/decodeMessages";
	const readOldFormats = require(path) as DecodeMessages;
	const decodeMessages: DecodeMessages = async (decoder) => {
		const { buffer, offset } = decoder;
		const end = offset + 4 + buffer.readInt32BE(offset);
		const bytes = buffer.subarray(offset + 4, end);
		// An old format, no records, or a batch that is cut off.
		if (!isRecordBatch(bytes) || end > buffer.length)
			return await readOldFormats(decoder);
		decoder.offset = end;
		return await readRecordBatches(bytes, newBudget());
	};
	replace(path, decodeMessages);
	const v11 = require("kafkajs/src/protocol/requests/fetch/v11/response") as {
		decode(bytes: Buffer): Promise<FetchResponse>;
	};
	v11.decode = (bytes) => readFetchResponse(bytes, newBudget());
}

function newBudget() {
	return { maxBatchBytes, leftBytes: maxBatchBytes };
}

/** kafkajs loads the code of each request version when it is needed, through the older versions. */
const VERSIONED = /kafkajs.src.protocol.requests.(produce|fetch).v\d+/;

/** Modules that may have imported the original are removed from the cache, so that they are loaded again. */
function replace(path: string, exported: unknown): void {
	require(path);
	const entry = require.cache[require.resolve(path)];
	if (entry === undefined) throw new Error(`kafkajs has no ${path}`);
	entry.exports = exported;
	for (const [name, module] of Object.entries(require.cache))
		if (VERSIONED.test(name) && module !== entry) delete require.cache[name];
}

function scheduleCheckPendingRequests(this: RequestQueue): void {
	if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
	const throttledMs = this.throttledUntil - Date.now();
	this.throttleCheckTimeoutId = setTimeout(
		() => {
			this.throttleCheckTimeoutId = null;
			this.checkPendingRequests();
		},
		throttledMs > 0 ? throttledMs : CHECK_PENDING_REQUESTS_MS,
	);
}

function scheduleRequestTimeoutCheck(this: RequestQueue): void {
	if (!this.enforceRequestTimeout) return;
	watched.add(this);
	timeoutCheck ??= setInterval(checkTimeouts, REQUEST_TIMEOUT_CHECK_MS).unref();
}

function checkTimeouts(): void {
	for (const queue of watched) {
		for (const request of queue.inflight.values())
			if (Date.now() - request.sentAt > request.requestTimeout)
				request.timeoutRequest();
		if (!queue.isConnected() && queue.inflight.size === 0) queue.destroy();
	}
}

function destroy(this: RequestQueue): void {
	clearTimeout(this.throttleCheckTimeoutId ?? undefined);
	this.throttleCheckTimeoutId = null;
	watched.delete(this);
	if (watched.size > 0) return;
	clearInterval(timeoutCheck);
	timeoutCheck = undefined;
}
