import { compareDurations, type DurationComparison } from "./durations.ts";
import {
	countOf,
	evidenceLimits,
	expectedOfCandidate,
	type Process,
	weighEvidence,
} from "./evidence.ts";
import type {
	Arm,
	ArmCounts,
	LiveFacts,
	StepDemands,
	VerdictNumbers,
} from "./judgement.ts";
import { type ArmSample, marginOf, probabilityOfHarm } from "./promotion.ts";
import { splitPValue } from "./sample-ratio.ts";
import type { Tally } from "./tally.ts";

export interface JudgeInput {
	/** Of the whole rollout. */
	tally: Tally;
	live: LiveFacts;
	/** The step under way. */
	step: StepDemands;
	/** Unix epoch, ms. */
	nowMs: number;
}

/** Everything that a verdict rests on, worked out of the tally and what is seen of the engine. */
export interface Seen {
	input: JudgeInput;
	/** Since the step began. */
	elapsedMs: number;
	ended: Record<Arm, number>;
	/** Late plans count with those that are overdue and still open. */
	evidence: Record<Process, number>;
	/** Plans that failed or were late or overdue, and how many would be the candidate's with equal arms. */
	bad: Record<Arm, number> & { expected: number };
	badEvidence(): number;
	/** Open plans with failing workflow tasks; with equal arms `chance` that they are all the candidate's. */
	broken: Record<Arm, number> & { chance: number };
	splitPValue: number | null;
	durations(): DurationComparison | null;
	samples: Record<Arm, ArmSample>;
	margin: number;
	harm(): number | null;
}

export function see(input: JudgeInput): Seen {
	const { tally, live, step, nowMs } = input;
	const late = [...tally.late, ...live.overdue];
	const bad = [...tally.bad, ...live.overdue];
	const sample = (arm: Arm) => ({
		plans: tally[arm] + countOf(live.overdue, arm),
		bad: countOf(bad, arm),
	});
	const samples = { base: sample("base"), candidate: sample("candidate") };
	const margin = marginOf(samples.base, step.margin);
	return {
		input,
		elapsedMs: nowMs - step.sinceMs,
		ended: { base: tally.base, candidate: tally.candidate },
		evidence: {
			failed: weighEvidence(tally.failed),
			late: weighEvidence(late),
			broken: weighEvidence(live.broken),
		},
		bad: {
			base: samples.base.bad,
			candidate: samples.candidate.bad,
			expected: expectedOfCandidate(bad),
		},
		badEvidence: () => weighEvidence(bad),
		broken: {
			base: countOf(live.broken, "base"),
			candidate: countOf(live.broken, "candidate"),
			chance: chanceOfAll(live.broken),
		},
		splitPValue: live.isSplitDrawn === false ? null : splitPValue(live.starts),
		durations: () =>
			compareDurations(tally.ratios, {
				base: countOf(live.overdue, "base"),
				candidate: countOf(live.overdue, "candidate"),
			}),
		samples,
		margin,
		harm: () => probabilityOfHarm(samples.base, samples.candidate, margin),
	};
}

/** That every plan of the candidate is the candidate's, if the weights alone decide. */
function chanceOfAll(counts: readonly ArmCounts[]): number {
	return counts.reduce(
		(chance, { weight, candidate }) => chance * (weight / 100) ** candidate,
		1,
	);
}

/** What is stored with the verdict. */
export function verdictNumbers(seen: Seen): VerdictNumbers {
	const { tally, live, step } = seen.input;
	const arm = (name: Arm) => ({
		ended: tally[name],
		failed: countOf(tally.failed, name),
		late: countOf(tally.late, name) + countOf(live.overdue, name),
		started: countOf(live.starts, name),
	});
	const weighed = (process: Process) => ({
		value: seen.evidence[process],
		limit: evidenceLimits[process],
	});
	return {
		weight: step.weight,
		candidate: arm("candidate"),
		base: arm("base"),
		evidence: {
			failed: weighed("failed"),
			late: weighed("late"),
			broken: weighed("broken"),
		},
		probabilityOfHarm: seen.harm(),
		margin: seen.margin,
		splitPValue: seen.splitPValue,
		durations: seen.durations(),
	};
}
