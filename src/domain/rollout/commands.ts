import type { PauseReason } from "./judgement.ts";
import type { RampPolicy } from "./spec.ts";
import {
	enter,
	isOver,
	note,
	type Phase,
	type RolloutState,
	stepOf,
} from "./state.ts";

export const verbs = [
	...(["pause", "resume", "promote", "abort", "retry"] as const),
	...(["setWeight", "approve", "setPolicy", "start"] as const),
] as const;
export type Verb = (typeof verbs)[number];

/** `skipStep`: the next step, whatever was seen; `full`: all of them. */
export const promotions = ["skipStep", "full"] as const;

/** What a command was meant for, as far as whoever sent it said. */
interface Meant {
	rolloutId?: string;
	/** From 1. */
	step?: number;
}

export type RolloutCommand = { actor: string; reason: string } & Meant &
	(
		| { verb: "pause" | "resume" | "abort" | "approve" }
		| { verb: "promote"; how: (typeof promotions)[number] }
		| { verb: "setWeight"; weight: number }
		| { verb: "setPolicy"; policy: RampPolicy }
		/** Another release of the deployment: this one is undone, then the next begins. */
		| { verb: "start"; next: RolloutState }
	);

const allowedIn: Record<Phase, readonly Verb[]> = {
	Pending: ["abort"],
	Smoke: ["abort", "start"],
	Progressing: ["pause", "promote", "abort", "setWeight", "setPolicy", "start"],
	Paused: [
		...(["resume", "promote", "abort", "setWeight"] as const),
		...(["approve", "setPolicy", "start"] as const),
	],
	Promoting: ["abort"],
	Verifying: ["pause", "promote", "abort", "start"],
	RollingBack: [],
	Healthy: ["start"],
	Degraded: ["start", "retry"],
	Cancelled: ["start", "retry"],
};

/** Verbs of Paused that depend on why. */
const onlyIfPausedFor: Partial<Record<Verb, (reason: PauseReason) => boolean>> =
	{
		approve: (reason) => reason === "ApprovalNeeded",
		resume: (reason) => reason !== "ApprovalNeeded",
		// Somebody else has the routing: it is taken back by resume or abort only.
		promote: (reason) => reason !== "ExternallyManaged",
		setWeight: (reason) => reason !== "ExternallyManaged",
	};

/** What may be asked of the rollout now. */
export function allowedVerbs(state: RolloutState): Verb[] {
	const { phase, pauseReason } = state;
	return allowedIn[phase].filter((verb) => {
		if (verb === "setWeight" && stepOf(state)?.kind !== "ramp") return false;
		const isAllowed = onlyIfPausedFor[verb];
		return pauseReason === null || (isAllowed?.(pauseReason) ?? true);
	});
}

/** Why the command cannot be taken now; undefined: it can. */
export function refusalOf(
	state: RolloutState,
	command: RolloutCommand,
): string | undefined {
	const { phase, pauseReason, rolloutId, spec } = state;
	const { verb } = command;
	const where = pauseReason === null ? phase : `${phase} (${pauseReason})`;
	if ((command.rolloutId ?? rolloutId) !== rolloutId)
		return `rollout ${command.rolloutId} is not under way: ${rolloutId} is`;
	const step = state.stepIndex + 1;
	if ((command.step ?? step) !== step)
		return `rollout ${rolloutId} is at step ${step}, not at step ${command.step}`;
	if (!allowedVerbs(state).includes(verb))
		return `rollout ${rolloutId} is ${where}: ${verb} cannot be asked of it now`;
	if (verb !== "start" || isOver(phase)) return undefined;
	const { targetBuild } = command.next.spec;
	if (targetBuild === spec.targetBuild)
		return `rollout ${rolloutId} brings build ${targetBuild} already`;
	if (targetBuild === state.baseBuild)
		return `build ${targetBuild} is what rollout ${rolloutId} goes back to: abort it`;
	return undefined;
}

/** What the controller does because of a command; what needs no more than the state is done here. */
type Errand =
	| { kind: "none" }
	| { kind: "advance" }
	| { kind: "promote" }
	| { kind: "finish" }
	| { kind: "reclaim" }
	| { kind: "rollBack"; force: boolean }
	| { kind: "setWeight"; weight: number };

/** Applies a command that is not refused. */
export function applyCommand(
	state: RolloutState,
	command: RolloutCommand,
	nowMs: number,
): Errand {
	const { actor, reason, verb } = command;
	const by = { actor, reason };
	const said = `${actor}: ${reason}`;
	switch (verb) {
		case "pause":
			return pause(state, "Manual", said, nowMs, by);
		case "resume": {
			note(state, "RolloutResumed", nowMs, {}, by);
			if (state.pauseReason === "ExternallyManaged") return { kind: "reclaim" };
			return resume(state, said, nowMs);
		}
		case "approve":
			note(state, "StepApproved", nowMs, { step: state.stepIndex + 1 }, by);
			return { kind: "advance" };
		case "promote": {
			override(state);
			note(state, "StepSkipped", nowMs, { step: state.stepIndex + 1 }, by);
			if (state.isPromoted) return { kind: "finish" };
			return { kind: command.how === "full" ? "promote" : "advance" };
		}
		case "setWeight":
			return { kind: "setWeight", weight: command.weight };
		case "setPolicy":
			for (const step of state.spec.steps)
				if (step.kind === "ramp") Object.assign(step, command.policy);
			note(state, "PolicyChanged", nowMs, { ...command.policy }, by);
			return { kind: "none" };
		case "abort":
		case "start": {
			const why =
				command.verb === "start" ? supersededBy(command.next, said) : said;
			// Who aborts takes back what somebody else has taken.
			const force = state.pauseReason === "ExternallyManaged";
			note(state, "RolloutAborted", nowMs, {}, by);
			enter(state, "RollingBack", why);
			state.endsAs = "Cancelled";
			return { kind: "rollBack", force };
		}
	}
}

function supersededBy({ rolloutId }: RolloutState, said: string): string {
	return `superseded by ${rolloutId}; ${said}`;
}

export function pause(
	state: RolloutState,
	pauseReason: PauseReason,
	message: string,
	nowMs: number,
	by?: { actor: string; reason: string },
): Errand {
	enter(state, "Paused", message, pauseReason);
	state.pausedAtMs ??= nowMs;
	note(state, "RolloutPaused", nowMs, { reason: pauseReason }, by);
	return { kind: "none" };
}

/** Goes on where the step stands, whose time begins again. */
export function resume(
	state: RolloutState,
	message: string,
	nowMs: number,
): Errand {
	state.stepSinceMs = nowMs;
	if (stepOf(state)?.kind === "approve")
		return pause(state, "ApprovalNeeded", "waits for an approval", nowMs);
	enter(state, phaseOf(state), message);
	return { kind: "none" };
}

function phaseOf(state: RolloutState): Phase {
	if (stepOf(state)?.kind === "promote") return "Promoting";
	if (state.isPromoted) return "Verifying";
	return state.hadTraffic ? "Progressing" : "Pending";
}

/** The person has seen why it waits: the same rule does not stop the next step at once. */
function override(state: RolloutState): void {
	const { verdict, phase } = state;
	if (phase !== "Paused" || verdict?.action !== "pause") return;
	if (!state.overridden.includes(verdict.rule))
		state.overridden.push(verdict.rule);
}
