import {
	type PauseReason,
	type RuleName,
	UNREADABLE_LOOKS,
	type Verdict,
} from "./judgement.ts";
import { type RolloutState, stepOf } from "./state.ts";

/** What the controller does after a look. */
export type Move =
	| { kind: "stay" }
	| { kind: "advance"; verdict: Verdict }
	| { kind: "resume" }
	| { kind: "pause"; reason: PauseReason; message: string }
	| { kind: "rollBack"; rule: RuleName | "approval"; message: string };

/** What was seen, as far as the next step depends on it. */
export interface Seen {
	/** null: nothing is judged. */
	verdict: Verdict | null;
	/** Whether the routing is as this rollout left it, and its own; null: not readable. */
	isOurs: boolean | null;
}

/** These last as long as their cause, and end without a person: nothing is passed by that. */
const passing: readonly PauseReason[] = [
	"MetricsUnavailable",
	"ErrorBudgetFreeze",
];

/** Decides by the state and what was seen. While it is paused nothing but a rollback, or the end of its cause, moves it. */
export function nextMove(
	state: RolloutState,
	{ verdict, isOurs }: Seen,
	nowMs: number,
): Move {
	const { phase, pauseReason } = state;
	// Never fought: the routing is somebody else's until a person says otherwise.
	if (pauseReason === "ExternallyManaged") return { kind: "stay" };
	if (isOurs === false) {
		const message =
			"somebody else has changed the routing, or manages it: nothing is done until a person resumes or aborts";
		return { kind: "pause", reason: "ExternallyManaged", message };
	}
	if (verdict?.action === "rollback")
		return { kind: "rollBack", rule: verdict.rule, message: verdict.sentence };
	if (phase === "Paused") return whilePaused(state, verdict, nowMs);
	if (verdict === null) return unjudged(state);
	if (verdict.action === "pause") {
		const { pauseReason: reason, rule, sentence: message } = verdict;
		if (state.overridden.includes(rule) && !hasSoaked(state, nowMs))
			return { kind: "stay" };
		return { kind: "pause", reason: reason ?? "InconclusiveAnalysis", message };
	}
	return verdict.action === "advance"
		? { kind: "advance", verdict }
		: { kind: "stay" };
}

/** Looks that fail as a whole bring no verdict, and so no rule that pauses. */
function unjudged({ unreadableLooks }: RolloutState): Move {
	if (unreadableLooks <= UNREADABLE_LOOKS) return { kind: "stay" };
	const message = `nothing could be seen in ${unreadableLooks} looks`;
	return { kind: "pause", reason: "MetricsUnavailable", message };
}

function whilePaused(
	state: RolloutState,
	verdict: Verdict | null,
	nowMs: number,
): Move {
	const { pauseReason, stepSinceMs } = state;
	const step = stepOf(state);
	if (pauseReason === "ApprovalNeeded" && step?.kind === "approve") {
		const isLate = nowMs - stepSinceMs >= step.timeoutMs;
		if (!isLate || step.onTimeout === "pause") return { kind: "stay" };
		const message = "nobody approved in time";
		return { kind: "rollBack", rule: "approval", message };
	}
	if (pauseReason === null || !passing.includes(pauseReason))
		return { kind: "stay" };
	const isOver = verdict !== null && verdict.action !== "pause";
	return { kind: isOver ? "resume" : "stay" };
}

function hasSoaked(state: RolloutState, nowMs: number): boolean {
	const step = stepOf(state);
	const soakMs = step?.kind === "ramp" ? step.soakMs : 0;
	return nowMs - state.stepSinceMs >= soakMs;
}
