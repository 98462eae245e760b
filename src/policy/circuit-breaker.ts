export type CircuitState = "closed" | "half-open" | "open";

export interface CircuitSettings {
	/** So many failures after each other open it. */
	failureThreshold: number;
	/** Then nobody asks for so long; after that one question tries. */
	resetMs: number;
	onChange?: (from: CircuitState, to: CircuitState) => void;
}

/** Keeps questions from a server that does not answer. */
export interface CircuitBreaker {
	/** Whether a question may be asked now; the first one after `resetMs` is the only one until it is settled. */
	mayAsk(): boolean;
	succeeded(): void;
	failed(): void;
	/** A question that was asked says nothing about the server: the next one may try. */
	undecided(): void;
	report(): {
		state: CircuitState;
		failureCount: number;
		/** Unix epoch, ms; null: it never failed. */
		lastFailureAtMs: number | null;
	};
}

/** A circuit breaker that is closed. */
export function createCircuitBreaker({
	failureThreshold,
	resetMs,
	onChange = () => {},
}: CircuitSettings): CircuitBreaker {
	let state: CircuitState = "closed";
	let failureCount = 0;
	let lastFailureAtMs: number | null = null;

	function move(to: CircuitState): void {
		if (state === to) return;
		onChange(state, to);
		state = to;
	}

	return {
		mayAsk() {
			if (state === "closed") return true;
			const isOver = Date.now() >= (lastFailureAtMs ?? 0) + resetMs;
			if (state === "half-open" || !isOver) return false;
			move("half-open");
			return true;
		},
		succeeded() {
			failureCount = 0;
			move("closed");
		},
		failed() {
			failureCount += 1;
			lastFailureAtMs = Date.now();
			if (state === "half-open" || failureCount >= failureThreshold)
				move("open");
		},
		undecided() {
			if (state === "half-open") move("open");
		},
		report: () => ({ state, failureCount, lastFailureAtMs }),
	};
}
