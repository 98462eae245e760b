// Long because the state, and what follows from it alone, are in one place.
import type { BuildRouting, PlanCounts } from "../../rollout/ports.ts";
import type { PauseReason, StepDemands, Verdict } from "./judgement.ts";
import type { HttpSide } from "./names.ts";
import { isLastRamp, type RolloutSpec, type RolloutStep } from "./spec.ts";
import type { Tally } from "./tally.ts";

/** Where a rollout can be, and where it may go from there. */
export const phases = {
	/** Accepted; nothing has been done. */
	Pending: ["Smoke", "Progressing", "Paused", "Promoting", "RollingBack"],
	/** Smoke plans run on the target alone. */
	Smoke: ["Progressing", "Paused", "Promoting", "RollingBack"],
	/** The candidate has a share of new plans, and is judged. */
	Progressing: ["Paused", "Promoting", "RollingBack"],
	/** As Progressing or Verifying, but only a person goes on. Rollbacks by rule still come. */
	Paused: [
		...(["Pending", "Progressing", "Promoting", "Verifying"] as const),
		...(["Healthy", "RollingBack"] as const),
	],
	/** The candidate becomes current. */
	Promoting: ["Verifying", "Paused", "Healthy", "RollingBack"],
	/** The old build keeps a few plans as a control. */
	Verifying: ["Healthy", "Paused", "RollingBack"],
	/** Everything is undone, in reverse. */
	RollingBack: ["Degraded", "Cancelled", "Paused"],
	Healthy: [],
	/** Rolled back because of what was seen. */
	Degraded: [],
	/** Ended by a person, or by a newer release. */
	Cancelled: [],
} as const satisfies Record<string, readonly string[]>;
export type Phase = keyof typeof phases;

export const endPhases = ["Healthy", "Degraded", "Cancelled"] as const;

export function isOver(phase: Phase): boolean {
	return phases[phase].length === 0;
}

/** A time in which one weight was in force, and what is known of the plans that began in it. */
export interface WeightSpan {
	/** The candidate's share, 0 to 100. */
	weight: number;
	/** Unix epoch, ms. */
	fromMs: number;
	/** When it was changed; null: it is in force. */
	toMs: number | null;
	counts: PlanCounts;
}

/** The builds that get new plans. */
export interface WantedRouting {
	current: string | null;
	ramping: string | null;
	/** Percent of new plans for `ramping`; 0: none. */
	weight: number;
}

export interface RolloutEvent {
	/** 1 for the first of a rollout. */
	seq: number;
	type: RolloutEventType;
	atMs: number;
	actor: string;
	reason: string;
	data: Record<string, unknown>;
}

export const rolloutEventTypes = [
	...(["RolloutCreated", "SmokePassed", "SmokeFailed"] as const),
	...(["WeightUpdated", "StepCompleted", "StepSkipped"] as const),
	...(["StepApproved", "PolicyChanged", "AnalysisStarted"] as const),
	...(["AnalysisSuccessful", "AnalysisFailed"] as const),
	...(["AnalysisInconclusive", "AnalysisError"] as const),
	...(["RolloutPaused", "RolloutResumed", "RolloutPromoted"] as const),
	...(["RolloutAborted", "RollbackCompleted", "PlansTriaged"] as const),
	...(["DrainCompleted", "RolloutCompleted", "ManagerConflict"] as const),
] as const;
export type RolloutEventType = (typeof rolloutEventTypes)[number];

/** All that the controller knows: plain JSON, carried from run to run and stored as the rollout's document. */
export interface RolloutState {
	rolloutId: string;
	spec: RolloutSpec;
	actor: string;
	reason: string;
	createdAtMs: number;
	endedAtMs: number | null;
	phase: Phase;
	/** Of Paused. */
	pauseReason: PauseReason | null;
	/** Unix epoch, ms; null: it is not paused. */
	pausedAtMs: number | null;
	/** Why it is where it is, for people. */
	message: string;
	/** Where a rollback ends. */
	endsAs: "Degraded" | "Cancelled";
	/** Current before, and what a rollback goes back to; null: not known yet. */
	baseBuild: string | null;
	/** The base of a rollout that this one replaces: the last stable build. */
	inheritedBase: string | null;
	isFastTrack: boolean;
	stepIndex: number;
	/** When the step began, or was begun again by a person. */
	stepSinceMs: number;
	/** The candidate's share of new plans, 0 to 100. */
	weight: number;
	/** Newest last, at most `MAX_SPANS`. */
	spans: WeightSpan[];
	isPromoted: boolean;
	/** Where HTTP requests went before; null: no switch, or nothing switched. */
	httpBefore: HttpSide | null;
	/** Who alone may change the routing, as the engine said after our claim. */
	manager: string | null;
	/** The routing that was in force when this rollout last changed or found it; null: not yet. */
	wanted: WantedRouting | null;
	/** What it asked for since, and does not know to be in force; null: nothing. */
	asked: WantedRouting | null;
	/** Interrupted while it was rolled back: that goes on. */
	isUndoing: boolean;
	isHttpSwitched: boolean;
	isSmoked: boolean;
	/** It ever had a share of new plans. */
	hadTraffic: boolean;
	drainedAtMs: number | null;
	/** Pauses of these rules were overridden by a person; each asks again at the end of a step only. */
	overridden: string[];
	/** Outcomes recorded before `cursorMs`, folded. */
	tally: Tally | null;
	cursorMs: number;
	/** Looks so far; which closed span is counted again depends on it. */
	looks: number;
	unreadableLooks: number;
	lookedAtMs: number | null;
	/** When the routing was last seen as it should be. */
	oursAtMs: number | null;
	verdict: Verdict | null;
	verdictKeptAtMs: number | null;
	eventCount: number;
	/** Events that are not yet stored and published. */
	unsent: RolloutEvent[];
}

export const MAX_SPANS = 20;

export function newRollout(
	spec: RolloutSpec,
	by: { actor: string; reason: string },
	nowMs: number,
): RolloutState {
	const state: RolloutState = {
		rolloutId: `${spec.deployment}-${nowMs.toString(36)}`,
		...{ spec, ...by, createdAtMs: nowMs, endedAtMs: null },
		...{ phase: "Pending", pauseReason: null, pausedAtMs: null },
		message: "not begun",
		...{ endsAs: "Degraded", baseBuild: null, inheritedBase: null },
		...{ isFastTrack: false, stepIndex: 0, stepSinceMs: nowMs },
		...{ weight: 0, spans: [], isPromoted: false, httpBefore: null },
		...{ manager: null, wanted: null, asked: null, isUndoing: false },
		...{ isHttpSwitched: false, isSmoked: false },
		...{ hadTraffic: false, drainedAtMs: null },
		...{ overridden: [], tally: null },
		...{ cursorMs: nowMs, looks: 0, unreadableLooks: 0, lookedAtMs: null },
		oursAtMs: null,
		...{ verdict: null, verdictKeptAtMs: null, eventCount: 0, unsent: [] },
	};
	const { targetBuild, strategy, dryRun } = spec;
	note(state, "RolloutCreated", nowMs, { targetBuild, strategy, dryRun }, by);
	return state;
}

/** The state for whoever only reads it: events that are not sent travel with the call that sends them alone. */
export function withoutEvents(state: RolloutState): RolloutState {
	return { ...state, unsent: [] };
}

/** The author of what nobody asked for. */
export const CONTROLLER = "rollout-controller";

export function note(
	state: RolloutState,
	type: RolloutEventType,
	atMs: number,
	data: Record<string, unknown>,
	by: { actor: string; reason: string } = {
		actor: CONTROLLER,
		reason: state.message,
	},
): void {
	state.eventCount += 1;
	const { actor, reason } = by;
	const event = { seq: state.eventCount, type, atMs, actor, reason, data };
	state.unsent.push(event);
}

/** Moves along the table only; throws otherwise: that is a bug, and the rollout waits for a mended build. */
export function enter(
	state: RolloutState,
	phase: Phase,
	message: string,
	pauseReason: PauseReason | null = null,
): void {
	if (phase !== state.phase && !mayEnter(state.phase, phase))
		throw new Error(`no way from ${state.phase} to ${phase}`);
	state.phase = phase;
	state.pauseReason = phase === "Paused" ? pauseReason : null;
	state.message = message;
	if (phase !== "Paused") state.pausedAtMs = null;
}

export function mayEnter(from: Phase, to: Phase): boolean {
	return (phases[from] as readonly Phase[]).includes(to);
}

export function stepOf(state: RolloutState): RolloutStep | undefined {
	return state.spec.steps[state.stepIndex];
}

/** The candidate's share changes: the span in force ends, and the next begins, when the change is in force. */
export function changeWeight(
	state: RolloutState,
	weight: number,
	askedAtMs: number,
	inForceAtMs: number,
): void {
	const from = state.weight;
	closeSpan(state, askedAtMs);
	state.weight = weight;
	openSpan(state, inForceAtMs);
	note(state, "WeightUpdated", inForceAtMs, { from, to: weight });
}

/** From then on nobody knows which weight is in force. */
export function closeSpan({ spans }: RolloutState, atMs: number): void {
	const last = spans.at(-1);
	if (last !== undefined && last.toMs === null)
		last.toMs = Math.max(last.fromMs, atMs);
}

/** The state's weight is in force from then on; nothing if that is known already. */
export function openSpan(state: RolloutState, fromMs: number): void {
	const { weight } = state;
	state.hadTraffic ||= weight > 0;
	if (state.spans.at(-1)?.toMs === null) return;
	// With everything there is nothing to compare.
	if (weight > 0 && weight < 100)
		state.spans.push({ weight, fromMs, toMs: null, counts: noCounts() });
	if (state.spans.length > MAX_SPANS) state.spans.shift();
}

export function noCounts(): PlanCounts {
	const none = () => ({ base: 0, candidate: 0 });
	return { started: none(), overdue: none(), broken: none() };
}

/** The routing that should be in force; null: before the rollout has touched it. */
export function routingOf(state: RolloutState): WantedRouting {
	const { baseBuild, isPromoted, weight, spec } = state;
	const bySide = spec.stickiness.by === "plan";
	const { targetBuild } = spec;
	if (isPromoted && weight > 0 && weight < 100)
		return { current: targetBuild, ramping: baseBuild, weight: 100 - weight };
	if (isPromoted) return { current: targetBuild, ramping: null, weight: 0 };
	// By tenant or domain whoever starts a plan pins it, and Temporal's ramp stays out of it.
	if (bySide && weight > 0)
		return { current: baseBuild, ramping: targetBuild, weight };
	return { current: baseBuild, ramping: null, weight: 0 };
}

export function isSameRouting(
	routing: Pick<BuildRouting, "currentBuild" | "rampingBuild" | "rampWeight">,
	{ current, ramping, weight }: WantedRouting,
): boolean {
	// A build that ramps with 0 percent gets nothing.
	const hasRamp = routing.rampingBuild !== null && routing.rampWeight > 0;
	if (routing.currentBuild !== current) return false;
	if (ramping === null || weight === 0) return !hasRamp;
	return (
		hasRamp &&
		routing.rampingBuild === ramping &&
		Math.abs(routing.rampWeight - weight) < 0.01
	);
}

/** After its time the control may have seen too little: then a person is asked a day later. */
const DAY_MS = 86_400_000;
/** No time limit of a step. */
const NO_LIMIT_MS = Number.MAX_SAFE_INTEGER;

/** What the judge asks of the step; null while the candidate has no plans that are compared. */
export function demandsOf(state: RolloutState): StepDemands | null {
	const { spec, weight, stepIndex, stepSinceMs: sinceMs } = state;
	if (weight === 0 || weight >= 100) return null;
	const ramps = spec.steps.filter(({ kind }) => kind === "ramp");
	const stepCount = Math.max(1, ramps.length);
	const seen = { weight, sinceMs, isPromoted: state.isPromoted };
	const demands = { ...seen, stepCount, margin: spec.margin };
	const step = stepOf(state);
	if (step?.kind === "ramp") {
		const { soakMs, minSample, maxWaitMs, maxAnalysisMs } = step;
		const limits = { soakMs, minSample, maxWaitMs, maxAnalysisMs };
		return { ...demands, ...limits, isLast: isLastRamp(spec, stepIndex) };
	}
	const soakMs = step?.kind === "verify" ? step.forMs : NO_LIMIT_MS;
	const limitMs = step?.kind === "verify" ? soakMs + DAY_MS : NO_LIMIT_MS;
	const limits = { maxWaitMs: limitMs, maxAnalysisMs: limitMs };
	return { ...demands, soakMs, minSample: 0, ...limits, isLast: false };
}
