/**
 * What the judge of a release is given, and what it answers. Weights are percent, 0 to 100, as Temporal's ramps.
 * The base is the stable build (or V1), the candidate the new one (or V2).
 */

/** So many looks in a row may see nothing before a person is asked. */
export const UNREADABLE_LOOKS = 2;

export type Arm = "base" | "candidate";

/** A plan's end, reduced to what is compared. */
export interface JudgedOutcome {
	arm: Arm;
	/** The candidate's weight when the plan started. */
	weight: number;
	failed: boolean;
	/** Its deadline was missed, or it took longer than `matureMs`. */
	late: boolean;
	/** ln(active_ms / predicted_ms); null: no estimate, or it did not end by itself. */
	logRatio: number | null;
}

/** Counts of plans by arm that hold for one weight. */
export interface ArmCounts {
	weight: number;
	base: number;
	candidate: number;
}

/** What is seen of the engine at one look. */
export interface LiveFacts {
	/** Plans begun since the rollout began, one entry a weight that was in force. */
	starts: readonly ArmCounts[];
	/**
	 * Whether weights say how many plans each arm gets; default true. Not where plans of one tenant go together, or
	 * some are listed: then the split is not judged.
	 */
	isSplitDrawn?: boolean;
	/** Of those, open for longer than `matureMs`. */
	overdue: readonly ArmCounts[];
	/** Of those, open with failing workflow tasks. */
	broken: readonly ArmCounts[];
	/** For how long no worker of the arm has asked for work; 0: one does. */
	withoutPollersMs: Readonly<Record<Arm, number>>;
	/** Age of the oldest task that waits for the arm; 0: none. */
	backlogAgeMs: Readonly<Record<Arm, number>>;
	/**
	 * Whether the error budget burns fast (14.4 x over 1 h and 5 m); null: it should be known and is not, and no
	 * step is passed. Where budgets are switched off: false.
	 */
	budgetBurnsFast: boolean | null;
	/** Looks in a row that could not read outcomes or the engine. */
	unreadableLooks: number;
}

/** What must be shown before a step ends, and when to give up. Durations in ms. */
export interface StepDemands {
	weight: number;
	/** When the weight was in force, Unix epoch, ms. */
	sinceMs: number;
	soakMs: number;
	/** Outcomes of the candidate, and of the base, that the step needs, counted over the whole rollout. */
	minSample: number;
	/** By how much (share, 0 to 1) the candidate may be worse if half of the base's rate is less; default 0.01. */
	margin?: number;
	/** After so long with too few outcomes a person is asked. */
	maxWaitMs: number;
	/** After so long without a verdict a person is asked. */
	maxAnalysisMs: number;
	/** How many steps the rollout has: the error of the duration test is divided by it. */
	stepCount: number;
	/** The next step gives the candidate everything: evidence of no harm is asked for. */
	isLast: boolean;
	/** The candidate is current already, and the base only a control; default false. */
	isPromoted?: boolean;
}

export type PauseReason =
	| "StepPause"
	| "ApprovalNeeded"
	| "InconclusiveAnalysis"
	| "InsufficientData"
	| "MetricsUnavailable"
	| "RoutingMismatch"
	| "DurationWorse"
	| "ErrorBudgetFreeze"
	| "ExternallyManaged"
	| "Manual";

/** `stay`: look again; `advance`: the step is passed. */
export type VerdictAction = "stay" | "advance" | "pause" | "rollback";

export type RuleName =
	| "R0"
	| "R1"
	| "R2"
	| "R3"
	| "R4"
	| "R5"
	| "R6"
	| "R7"
	| "R8"
	| "SRM"
	| "PASS";

/** One judgement, stored as it is with everything it rests on. */
export interface Verdict {
	action: VerdictAction;
	rule: RuleName;
	/** Of a pause. */
	pauseReason: PauseReason | null;
	/** What a person can check with a pencil. */
	sentence: string;
	numbers: VerdictNumbers;
}

export interface VerdictNumbers {
	weight: number;
	candidate: { ended: number; failed: number; late: number; started: number };
	base: { ended: number; failed: number; late: number; started: number };
	/** Evidence that the candidate is worse, and the limit that rolls back. */
	evidence: Readonly<
		Record<"failed" | "late" | "broken", { value: number; limit: number }>
	>;
	/** P(candidate's rate of bad plans, failed or late, exceeds the base's by more than `margin`); null: too little data. */
	probabilityOfHarm: number | null;
	/** Share of plans, 0 to 1, that the candidate may be worse by. */
	margin: number;
	/** Of the split between arms, against the configured weights; null: nothing started. */
	splitPValue: number | null;
	/** Of the ratios of durations to estimates; null: too few. */
	durations: { medianRatio: number; cles: number; pValue: number } | null;
}
