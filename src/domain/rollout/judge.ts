import { areDurationsWorse } from "./durations.ts";
import { evidenceLimits, type Process } from "./evidence.ts";
import {
	type PauseReason,
	type RuleName,
	UNREADABLE_LOOKS,
	type Verdict,
	type VerdictAction,
} from "./judgement.ts";
import { type JudgeInput, type Seen, see, verdictNumbers } from "./seen.ts";
import * as say from "./sentences.ts";

/** For how long a candidate may have no workers, and how long its oldest task may wait, while the base is fine. */
export const NO_POLLERS_MS = 15_000;
export const BACKLOG_MS = 30_000;
/** A base that is fine stays below these: an outage of both arms shows in one a few seconds before the other. */
export const FINE_POLLERS_MS = 5_000;
export const FINE_BACKLOG_MS = 10_000;
/** Broken plans of the candidate that are enough alone, if they are all and equal arms would hardly ever do that. */
export const BROKEN_PLANS = 3;
export const BROKEN_CHANCE = 1 / 500;
/**
 * With a budget that burns fast, so much evidence and this multiple of its share in bad plans roll back. 20 would be
 * reached by 7 of 1,000 equal candidates in a long outage of both arms, which with the other rules is more than 1 %.
 */
export const FREEZE_EVIDENCE = 50;
export const FREEZE_SHARE = 2;
/** The split is broken: at the end of a step, and in between, where it is looked at hundreds of times. */
export const SPLIT_P_VALUE = 0.001;
export const SPLIT_P_VALUE_BETWEEN = 0.0001;
/** A step is not passed with more probability of harm; the last shows that there is none. */
export const HARM_LIMIT = 0.95;
export const LAST_HARM_LIMIT = 0.05;

export type Finding = Pick<Verdict, "action" | "pauseReason" | "sentence">;

/**
 * The rule that holds, of all in the order of the table below. Only the last says `advance`, and R0 when a promoted
 * candidate has lost its control.
 */
export function judge(input: JudgeInput): Verdict {
	const seen = see(input);
	return { ...decide(seen), numbers: verdictNumbers(seen) };
}

/** The same without the numbers. */
export function decide(seen: Seen): Omit<Verdict, "numbers"> {
	for (const [rule, find] of rules) {
		const finding = find(seen);
		if (finding !== undefined) return { rule, ...finding };
	}
	return { rule: "PASS", ...act("advance", say.passed(seen)) };
}

type Rule = (seen: Seen) => Finding | undefined;

/**
 * In this order: what rolls back on evidence that stands, what is not seen, what rolls back on what is seen now,
 * what pauses, and what a step asks for before it is passed. R5 is the smoke plans', which come before any traffic.
 */
const rules: readonly (readonly [RuleName, Rule])[] = [
	["R1", (seen) => worse(seen, "failed")],
	["R1", (seen) => worse(seen, "late")],
	["R1", (seen) => worse(seen, "broken")],
	["R2", onlyCandidateBroken],
	["R6", unreadable],
	["R0", notServed],
	["R4", budgetBurns],
	["SRM", (seen) => splitBroken(seen, SPLIT_P_VALUE_BETWEEN)],
	["R7", tooFew],
	["SRM", (seen) => splitBroken(seen, SPLIT_P_VALUE)],
	["R3", slower],
	["R4", budgetUnknown],
	["R8", undecided],
];

/** Names of the rules in the order in which they are tried. */
export const precedence: readonly RuleName[] = [
	...new Set(rules.map(([rule]) => rule)),
	"PASS",
];

function worse(seen: Seen, process: Process): Finding | undefined {
	if (seen.evidence[process] < evidenceLimits[process]) return undefined;
	return act("rollback", say.worse(seen, process));
}

function onlyCandidateBroken(seen: Seen): Finding | undefined {
	const { base, candidate, chance } = seen.broken;
	if (base > 0 || candidate < BROKEN_PLANS) return undefined;
	if (chance > BROKEN_CHANCE) return undefined;
	return act("rollback", say.onlyCandidateBroken(seen));
}

function unreadable(seen: Seen): Finding | undefined {
	const { unreadableLooks } = seen.input.live;
	if (unreadableLooks === 0) return undefined;
	if (unreadableLooks <= UNREADABLE_LOOKS)
		return act("stay", say.unreadable(seen));
	return pause("MetricsUnavailable", say.unreadable(seen));
}

function notServed(seen: Seen): Finding | undefined {
	const { withoutPollersMs: idle, backlogAgeMs: age } = seen.input.live;
	if (idle.candidate >= NO_POLLERS_MS && idle.base < FINE_POLLERS_MS)
		return act("rollback", say.withoutWorkers(seen));
	if (isControlGone(seen)) return act("advance", say.controlGone(seen));
	if (Math.max(idle.candidate, idle.base) >= NO_POLLERS_MS)
		return waitForData(seen, say.bothWithoutWorkers(seen));
	if (!(age.candidate > BACKLOG_MS)) return undefined;
	return age.base <= FINE_BACKLOG_MS
		? act("rollback", say.waitsTooLong(seen))
		: act("stay", say.waitsTooLong(seen));
}

/** Plans that still go to the old build would wait for ever: it loses its share, and with it the verification ends. */
function isControlGone({ input }: Seen): boolean {
	const { base, candidate } = input.live.withoutPollersMs;
	const isGone = base >= NO_POLLERS_MS && candidate < FINE_POLLERS_MS;
	return input.step.isPromoted === true && isGone;
}

function budgetBurns(seen: Seen): Finding | undefined {
	if (seen.input.live.budgetBurnsFast !== true) return undefined;
	const { base, candidate, expected } = seen.bad;
	const isOverShare = candidate > FREEZE_SHARE * expected;
	if (
		base + candidate > 0 &&
		isOverShare &&
		seen.badEvidence() >= FREEZE_EVIDENCE
	)
		return act("rollback", say.burnsByCandidate(seen, FREEZE_EVIDENCE));
	return pause("ErrorBudgetFreeze", say.budgetBurns(seen));
}

function splitBroken(seen: Seen, limit: number): Finding | undefined {
	if (seen.splitPValue === null || seen.splitPValue >= limit) return undefined;
	return pause("RoutingMismatch", say.splitBroken(seen));
}

function tooFew(seen: Seen): Finding | undefined {
	const { soakMs, minSample } = seen.input.step;
	const { base, candidate } = seen.ended;
	if (!(seen.elapsedMs >= soakMs)) return act("stay", say.soaks(seen));
	const isSplitKnown =
		seen.splitPValue !== null || seen.input.live.isSplitDrawn === false;
	if (Math.min(base, candidate) >= minSample && isSplitKnown) return undefined;
	return waitForData(seen, say.tooFew(seen));
}

function waitForData({ elapsedMs, input }: Seen, sentence: string): Finding {
	return elapsedMs < input.step.maxWaitMs
		? act("stay", sentence)
		: pause("InsufficientData", sentence);
}

function slower(seen: Seen): Finding | undefined {
	const durations = seen.durations();
	if (durations === null) return undefined;
	if (!areDurationsWorse(durations, seen.input.step.stepCount))
		return undefined;
	return pause("DurationWorse", say.slower(durations));
}

function budgetUnknown(seen: Seen): Finding | undefined {
	if (seen.input.live.budgetBurnsFast !== null) return undefined;
	return waitForAnalysis(seen, "MetricsUnavailable", say.budgetUnknown());
}

function undecided(seen: Seen): Finding | undefined {
	const { isLast } = seen.input.step;
	const harm = seen.harm();
	const limit = isLast ? LAST_HARM_LIMIT : HARM_LIMIT;
	if (harm !== null && harm <= limit) return undefined;
	return waitForAnalysis(
		seen,
		"InconclusiveAnalysis",
		say.undecided(seen, limit),
	);
}

function waitForAnalysis(
	{ elapsedMs, input }: Seen,
	reason: PauseReason,
	sentence: string,
): Finding {
	return elapsedMs < input.step.maxAnalysisMs
		? act("stay", sentence)
		: pause(reason, sentence);
}

function act(action: VerdictAction, sentence: string): Finding {
	return { action, pauseReason: null, sentence };
}

function pause(pauseReason: PauseReason, sentence: string): Finding {
	return { action: "pause", pauseReason, sentence };
}
