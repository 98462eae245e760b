import type { PlanStatus } from "../../domain/plan-run.ts";
import type { Tone } from "./paint.ts";

/** A state as people read it: symbol, word and colour say the same. */
export interface Sign {
	symbol: string;
	tone: Tone | undefined;
}

const planSigns: Record<PlanStatus, Sign> = {
	VALIDATING: { symbol: "○", tone: "waiting" },
	AWAITING_APPROVAL: { symbol: "?", tone: "waiting" },
	RUNNING: { symbol: "●", tone: "busy" },
	PAUSED: { symbol: "‖", tone: "waiting" },
	COMPENSATING: { symbol: "↶", tone: "busy" },
	SUCCESS: { symbol: "✔", tone: "good" },
	PARTIAL: { symbol: "!", tone: "bad" },
	FAILED: { symbol: "✘", tone: "bad" },
	CANCELLED: { symbol: "⊘", tone: "dim" },
	INVALID: { symbol: "✘", tone: "bad" },
	REJECTED: { symbol: "✘", tone: "bad" },
	EXPIRED: { symbol: "✘", tone: "bad" },
};

const otherSigns: Record<string, Sign> = {
	...planSigns,
	PENDING: { symbol: "○", tone: "waiting" },
	COMPLETED: { symbol: "✔", tone: "good" },
	COMPENSATED: { symbol: "↶", tone: "dim" },
	TIMED_OUT: { symbol: "✘", tone: "bad" },
	SKIPPED: { symbol: "⊘", tone: "dim" },
	BLOCKED: { symbol: "·", tone: "dim" },
	WAITING: { symbol: "·", tone: "dim" },
	READY: { symbol: "○", tone: "waiting" },
	OK: { symbol: "✔", tone: "good" },
	WARNING: { symbol: "!", tone: "waiting" },
	OPEN: { symbol: "○", tone: "waiting" },
	REDRIVEN: { symbol: "✔", tone: "good" },
	DISCARDED: { symbol: "⊘", tone: "dim" },
	HEALTHY: { symbol: "✔", tone: "good" },
	DEGRADED: { symbol: "!", tone: "waiting" },
	UNHEALTHY: { symbol: "✘", tone: "bad" },
	UNMATCHED: { symbol: "!", tone: "waiting" },
};

/** The sign of a state, in any case; an unknown one has a neutral symbol, and its word all the same. */
export function signOf(state: string): Sign {
	return otherSigns[state.toUpperCase()] ?? { symbol: "·", tone: undefined };
}

/** `✔ SUCCESS`: never a symbol alone. */
export function withSymbol(state: string): string {
	return `${signOf(state).symbol} ${state}`;
}
