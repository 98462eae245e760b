import { Context } from "@temporalio/activity";

const HEARTBEAT_INTERVAL_MS = 2_000;

/** Awaits the work and heartbeats meanwhile, so that Temporal can tell a busy activity from a dead worker. */
export async function whileHeartbeating<T>(work: Promise<T>): Promise<T> {
	const context = Context.current();
	const timer = setInterval(() => context.heartbeat(), HEARTBEAT_INTERVAL_MS);
	try {
		return await work;
	} finally {
		clearInterval(timer);
	}
}
