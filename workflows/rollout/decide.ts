import { pause } from "../../src/domain/rollout/commands.ts";
import type { Verdict } from "../../src/domain/rollout/judgement.ts";
import type { Move } from "../../src/domain/rollout/next-step.ts";
import {
	enter,
	note,
	type RolloutEventType,
	type RolloutState,
	stepOf,
} from "../../src/domain/rollout/state.ts";
import { advance } from "./act.ts";
import { type Control, record } from "./control.ts";
import { conflict } from "./routing.ts";

/** Does what follows from a look. */
export async function carryOut(control: Control, move: Move): Promise<void> {
	const { state } = control;
	const nowMs = Date.now();
	switch (move.kind) {
		case "stay":
			return;
		case "resume":
			enter(
				state,
				state.isPromoted ? "Verifying" : "Progressing",
				"its cause is over",
			);
			note(state, "RolloutResumed", nowMs, {});
			break;
		case "pause":
			if (move.reason === "ExternallyManaged") conflict(state, move.message);
			else {
				noteVerdict(state, state.verdict, nowMs);
				pause(state, move.reason, move.message, nowMs);
			}
			break;
		case "rollBack":
			state.message = move.message;
			if (move.rule !== "approval") noteVerdict(state, state.verdict, nowMs);
			enter(state, "RollingBack", move.message);
			break;
		case "advance":
			noteVerdict(state, move.verdict, nowMs);
			await advance(control);
			break;
	}
	record(control);
}

/** An analysis that ended, by what it found. Not to know is not to have found anything bad. */
function noteVerdict(
	state: RolloutState,
	verdict: Verdict | null,
	nowMs: number,
): void {
	if (verdict === null) return;
	const { rule, sentence, action, pauseReason } = verdict;
	const data = {
		step: state.stepIndex + 1,
		kind: stepOf(state)?.kind,
		rule,
		sentence,
	};
	note(state, typeOf(action, pauseReason), nowMs, data);
}

function typeOf(
	action: Verdict["action"],
	reason: Verdict["pauseReason"],
): RolloutEventType {
	if (action === "rollback") return "AnalysisFailed";
	if (action === "advance") return "AnalysisSuccessful";
	return reason === "MetricsUnavailable"
		? "AnalysisError"
		: "AnalysisInconclusive";
}
