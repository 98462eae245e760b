/** Fails calls at once while the server is known to be away. */
export interface OutageGate {
	/** Runs the work, or throws at once while the server is away. */
	run<T>(work: () => Promise<T>): Promise<T>;
	close(): void;
}

/** A call that was not made, because the server is known to be away. */
export class KnownAwayError extends Error {
	override readonly name = "KnownAwayError";
}

export interface OutageGateSettings {
	/** Called in the background while the gate is shut; resolving opens the gate. Must be bounded in time. */
	probe: () => Promise<void>;
	isOutage: (error: unknown) => boolean;
	/** Whether the failure may be slowness: then the probe decides whether the gate shuts. */
	mayBeSlow: (error: unknown) => boolean;
	/** Wait between probes. */
	probeIntervalMs: number;
	/** Called with the reason when the gate shuts, without a reason when it opens. */
	onChange: (outage?: { cause: unknown }) => void;
}

/**
 * A failed call shuts the gate, so that no other caller waits for the same time-out; a probe in the
 * background opens it again. A call that only took too long shuts the gate if the probe fails too: a busy
 * server is not away.
 */
export function createOutageGate(settings: OutageGateSettings): OutageGate {
	let outage: { cause: unknown } | undefined;
	let timer: NodeJS.Timeout | undefined;
	let closed = false;
	let suspecting = false;
	/** Counts the openings: a call that began before the last opening tells nothing about the present. */
	let openings = 0;

	function shut(cause: unknown): void {
		if (outage !== undefined || closed) return;
		outage = { cause };
		settings.onChange(outage);
		probeLater();
	}

	function suspect(): void {
		if (suspecting) return;
		suspecting = true;
		settings
			.probe()
			.catch(shut)
			.finally(() => {
				suspecting = false;
			});
	}

	function probeLater(): void {
		timer = setTimeout(() => void probe(), settings.probeIntervalMs).unref();
	}

	async function probe(): Promise<void> {
		try {
			await settings.probe();
		} catch (cause) {
			outage = { cause };
			if (!closed) probeLater();
			return;
		}
		if (closed) return;
		outage = undefined;
		openings += 1;
		settings.onChange();
	}

	return {
		async run(work) {
			if (outage !== undefined) {
				throw new KnownAwayError("known to be away", {
					cause: outage.cause,
				});
			}
			const begunAt = openings;
			try {
				return await work();
			} catch (error) {
				if (begunAt === openings && settings.isOutage(error)) {
					if (settings.mayBeSlow(error)) suspect();
					else shut(error);
				}
				throw error;
			}
		},
		close() {
			closed = true;
			clearTimeout(timer);
		},
	};
}
