import {
	asyncLocalStorage,
	type Context,
	type Info,
} from "@temporalio/activity";

export interface ActivityOptions {
	info?: Partial<Info>;
	signal?: AbortSignal;
	heartbeat?: () => void;
}

/** Runs work as an attempt of an activity would: with what our activities ask of their context. */
export async function inActivity<T>(
	work: () => Promise<T>,
	{ info, signal, heartbeat = () => {} }: ActivityOptions = {},
): Promise<T> {
	const context = {
		info: { startToCloseTimeoutMs: 10_000, isLocal: false, ...info },
		cancellationSignal: signal ?? new AbortController().signal,
		heartbeat,
	};
	return await asyncLocalStorage.run(context as unknown as Context, work);
}
