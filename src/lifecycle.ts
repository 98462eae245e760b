interface Resource {
	name: string;
	stop: () => Promise<void>;
}

/** Starts things in order and stops them in reverse; a failed start stops what had started. */
export class Lifecycle {
	readonly #running: Resource[] = [];

	/**
	 * Starts one part and remembers how to stop it. When the start fails, stops all started parts and throws.
	 */
	async start<T>(
		name: string,
		open: () => T | Promise<T>,
		stop: (value: T) => void | Promise<void>,
	): Promise<T> {
		try {
			const value = await open();
			this.#running.push({ name, stop: async () => await stop(value) });
			return value;
		} catch (cause) {
			const failures = await this.#stopAll();
			throw new AggregateError([cause, ...failures], `${name} did not start`, {
				cause,
			});
		}
	}

	/** Stops all parts, the last one first, even when some fail to stop; throws the failures. */
	async stop(): Promise<void> {
		const failures = await this.#stopAll();
		if (failures.length > 0) {
			throw new AggregateError(failures, "the shutdown was not clean");
		}
	}

	async #stopAll(): Promise<unknown[]> {
		const failures: unknown[] = [];
		for (
			let resource = this.#running.pop();
			resource !== undefined;
			resource = this.#running.pop()
		) {
			const { name, stop } = resource;
			await stop().catch((cause: unknown) =>
				failures.push(new Error(`${name} did not stop`, { cause })),
			);
		}
		return failures;
	}
}
