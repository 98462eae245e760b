/** A call that was not answered in time. */
export class DeadlineError extends Error {
	override readonly name = "DeadlineError";
}

/**
 * Settles as the work does, or rejects with a DeadlineError after the time-out. The work itself goes
 * on: its effect is unknown.
 */
export async function withinMs<T>(
	timeoutMs: number,
	work: () => Promise<T>,
): Promise<T> {
	let timer: NodeJS.Timeout | undefined;
	const deadline = new Promise<never>((_, reject) => {
		timer = setTimeout(
			() =>
				reject(new DeadlineError(`timeout: no answer within ${timeoutMs} ms`)),
			timeoutMs,
		);
	});
	try {
		return await Promise.race([work(), deadline]);
	} finally {
		clearTimeout(timer);
	}
}

/** Whether the promise resolves or rejects within this time. Never rejects; the work itself goes on. */
export async function settlesWithin(
	timeoutMs: number,
	work: Promise<unknown>,
): Promise<boolean> {
	const late = Promise.withResolvers<false>();
	const timer = setTimeout(() => late.resolve(false), timeoutMs);
	const settled = work.then(
		() => true as const,
		() => true as const,
	);
	const isSettled = await Promise.race([settled, late.promise]);
	clearTimeout(timer);
	return isSettled;
}

/** The name of the failed call, and whether it was a time-out. */
export function withDeadline(what: string, cause: unknown): string {
	return cause instanceof DeadlineError ? `${what}: ${cause.message}` : what;
}
