import { createRequire } from "node:module";

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

/** How late a request may time out; kafkajs looks ten times as often, on every connection. */
const REQUEST_TIMEOUT_CHECK_MS = 1_000;
/** As kafkajs has it: how soon to look again when requests wait for a free slot. */
const CHECK_PENDING_REQUESTS_MS = 10;

/**
 * Makes idle connections of kafkajs 2.2.4 cheap, and their ends certain. Safe to call again.
 *
 * It looks for requests that timed out every 100 ms; a second is enough for time-outs of many seconds.
 * And it arms a timer after every look at a connection's request queue, with a negative delay while
 * nothing is throttled: Node 24 warns and makes it 1 ms, so every connection wakes a thousand times a
 * second for nothing. Here the timer is armed only when requests wait.
 *
 * Who disconnects waits for the answers under way, and from then on kafkajs no longer notices that one of
 * them is overdue: without that answer it waits for ever. Here it is looked for until none is missing.
 */
export function patchKafkajs(): void {
	const require = createRequire(import.meta.url);
	const RequestQueue = require("kafkajs/src/network/requestQueue") as {
		prototype: RequestQueue;
	};
	Object.assign(RequestQueue.prototype, {
		scheduleRequestTimeoutCheck,
		scheduleCheckPendingRequests,
	});
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
