import { createRequire } from "node:module";

/** The part of kafkajs's request queue that the correction touches. */
interface RequestQueue {
	throttledUntil: number;
	throttleCheckTimeoutId: NodeJS.Timeout | null;
	readonly pending: readonly unknown[];
	checkPendingRequests(): void;
	scheduleCheckPendingRequests(): void;
}

/** As kafkajs has it: how soon to look again when requests wait for a free slot. */
const CHECK_PENDING_REQUESTS_MS = 10;

/**
 * kafkajs 2.2.4 arms a timer after every look at a connection's request queue, with a negative delay
 * while nothing is throttled. Node 24 warns and makes it 1 ms, so every connection wakes a thousand
 * times a second for nothing. Here the timer is armed only when requests wait. Safe to call again.
 */
export function patchKafkajs(): void {
	const require = createRequire(import.meta.url);
	const RequestQueue = require("kafkajs/src/network/requestQueue") as {
		prototype: RequestQueue;
	};
	RequestQueue.prototype.scheduleCheckPendingRequests =
		scheduleCheckPendingRequests;
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
