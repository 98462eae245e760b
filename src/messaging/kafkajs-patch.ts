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
	readonly requestTimeout: number;
	readonly inflight: ReadonlyMap<number, InflightRequest>;
	requestTimeoutIntervalId: NodeJS.Timeout | null;
	isConnected(): boolean;
	destroy(): void;
	scheduleRequestTimeoutCheck(): void;
	throttledUntil: number;
	throttleCheckTimeoutId: NodeJS.Timeout | null;
	readonly pending: readonly unknown[];
	checkPendingRequests(): void;
	scheduleCheckPendingRequests(): void;
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

/** How late a request may time out; kafkajs looks ten times as often, on every connection. */
const REQUEST_TIMEOUT_CHECK_MS = 1_000;
/** kafkajs's own value: how soon to look again while requests wait for a free slot. */
const CHECK_PENDING_REQUESTS_MS = 10;

/** 64 MB: the memory that the records of one batch, or of one fetch, may take. */
export const DEFAULT_MAX_BATCH_BYTES = 64 * 1_048_576;

const require = createRequire(import.meta.url);
/** One value for the process: kafkajs's decoders do not know their connection. */
let maxBatchBytes = DEFAULT_MAX_BATCH_BYTES;

/**
 * Corrects kafkajs 2.2.4 for the whole process. Safe to call again; the last limit given stands.
 *
 * Idle connections become cheap, and their ends certain: it looks for requests that timed out every 100
 * ms; a second is enough for time-outs of many seconds. And it arms a timer after every look at a
 * connection's request queue, with a negative delay while nothing is throttled: Node 24 warns and makes
 * it 1 ms, so every connection wakes a thousand times a second for nothing. Here the timer is armed only
 * when requests wait. Who disconnects waits for the answers under way, and from then on kafkajs no longer
 * notices that one of them is overdue: without that answer it waits for ever. Here it is looked for until
 * none is missing.
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
	});
	const OffsetManager = require("kafkajs/src/consumer/offsetManager") as {
		prototype: Parameters<typeof patchOffsetManager>[0];
	};
	patchOffsetManager(OffsetManager.prototype);
	replace("kafkajs/src/protocol/recordBatch/record/v0", writeRecord);
	patchReaders();
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
	this.destroy();
	this.requestTimeoutIntervalId = setInterval(
		() => {
			for (const request of this.inflight.values())
				if (Date.now() - request.sentAt > request.requestTimeout)
					request.timeoutRequest();
			if (!this.isConnected() && this.inflight.size === 0) this.destroy();
		},
		Math.min(this.requestTimeout, REQUEST_TIMEOUT_CHECK_MS),
	).unref();
}
