import { durationText } from "../duration-text.ts";
import type { DurationComparison } from "./durations.ts";
import {
	countOf,
	evidenceLimits,
	expectedOfCandidate,
	type Process,
} from "./evidence.ts";
import type { Seen } from "./seen.ts";

/** One sentence for each verdict, with the numbers it rests on: a person can check it with a pencil. */

export function worse(seen: Seen, process: Process): string {
	const value = `evidence ${evidenceText(seen.evidence[process])} against a limit of ${evidenceLimits[process]}:1`;
	return `${countsText(seen, process)}; ${value}`;
}

export function onlyCandidateBroken(seen: Seen): string {
	return `${countsText(seen, "broken")}; with equal builds the chance of that is ${percent(seen.broken.chance)}`;
}

export function unreadable({ input }: Seen): string {
	return `outcomes or the engine could not be read at ${plural(input.live.unreadableLooks, "look")} in a row`;
}

export function withoutWorkers({ input }: Seen): string {
	const { withoutPollersMs } = input.live;
	return `no worker of the candidate has asked for work for ${durationText(withoutPollersMs.candidate)}, those of the base do`;
}

export function controlGone({ input }: Seen): string {
	const { withoutPollersMs } = input.live;
	return `no worker of the old build has asked for work for ${durationText(withoutPollersMs.base)}: it gets no more plans, and there is nothing left to compare with`;
}

export function bothWithoutWorkers({ input }: Seen): string {
	const { withoutPollersMs } = input.live;
	return `workers have not asked for work for ${durationText(withoutPollersMs.candidate)} on the candidate and ${durationText(withoutPollersMs.base)} on the base: nothing can be compared`;
}

export function waitsTooLong({ input }: Seen): string {
	const { backlogAgeMs } = input.live;
	return `a task has waited ${durationText(backlogAgeMs.candidate)} for the candidate's workers, ${durationText(backlogAgeMs.base)} for the base's`;
}

export function burnsByCandidate(seen: Seen, limit: number): string {
	const { base, candidate, expected } = seen.bad;
	return `the error budget burns fast; ${candidate} of ${plural(base + candidate, "bad plan")} are the candidate's where its weights give it ${tenth(expected)}, evidence ${evidenceText(seen.badEvidence())} against a limit of ${limit}:1`;
}

export function budgetBurns(seen: Seen): string {
	const { base, candidate, expected } = seen.bad;
	return `the error budget burns fast, and not by the candidate alone: ${candidate} of ${plural(base + candidate, "bad plan")} are its own where its weights give it ${tenth(expected)}; the weight is frozen`;
}

export function budgetUnknown(): string {
	return "how fast the error budget burns is not known";
}

export function splitBroken(seen: Seen): string {
	const { starts } = seen.input.live;
	const shared = starts.filter(({ weight }) => weight > 0 && weight < 100);
	const candidate = countOf(shared, "candidate");
	const total = candidate + countOf(shared, "base");
	return `${candidate} of ${plural(total, "plan")} started on the candidate where its weights give it ${tenth(expectedOfCandidate(shared))}; the chance of that is ${percent(seen.splitPValue ?? 0)}`;
}

export function soaks({ elapsedMs, input }: Seen): string {
	const { soakMs, weight } = input.step;
	return `${tenth(weight)} % for ${durationText(elapsedMs)} of ${durationText(soakMs)}`;
}

export function tooFew(seen: Seen): string {
	const { base, candidate } = seen.ended;
	const { minSample } = seen.input.step;
	if (candidate >= minSample && base >= minSample)
		return "no plan that started is counted yet";
	if (candidate >= minSample)
		return `${base} of ${plural(minSample, "plan")} of the base have ended`;
	const left = leftMs(seen);
	const eta =
		left === undefined ? "" : `, at this rate ${durationText(left)} more`;
	return `${candidate} of ${plural(minSample, "plan")} of the candidate have ended${eta}`;
}

export function slower({
	medianRatio,
	cles,
	pValue,
}: DurationComparison): string {
	return `plans of the candidate take ${medianRatio.toFixed(2)} times as long for their estimates, and ${percent(cles)} of pairs are slower on it; the chance of that is ${percent(pValue)}`;
}

export function undecided(seen: Seen, limit: number): string {
	return `${harmText(seen)}, and the step needs at most ${percent(limit)}`;
}

export function passed(seen: Seen): string {
	return `${countsText(seen, "failed")}; ${harmText(seen)}`;
}

function harmText(seen: Seen): string {
	const { base, candidate } = seen.samples;
	const harm = seen.harm();
	if (harm === null)
		return `${plural(candidate.plans, "plan")} of the candidate and ${base.plans} of the base are too few to say that it does no harm`;
	return `${candidate.bad} of ${candidate.plans} failed or late against ${base.bad} of ${base.plans}: it is worse by more than ${percent(seen.margin)} with a probability of ${percent(harm)}`;
}

function countsText({ input, samples, ended }: Seen, process: Process): string {
	const { tally, live } = input;
	if (process === "broken")
		return `workflow tasks of ${plural(countOf(live.broken, "candidate"), "open plan")} of the candidate fail, and of ${countOf(live.broken, "base")} of the base`;
	if (process === "failed")
		return `${countOf(tally.failed, "candidate")} of ${plural(ended.candidate, "plan")} of the candidate failed, ${countOf(tally.failed, "base")} of ${ended.base} of the base`;
	const late = (arm: "base" | "candidate") =>
		countOf(tally.late, arm) + countOf(live.overdue, arm);
	return `${late("candidate")} of ${plural(samples.candidate.plans, "plan")} of the candidate are late, ${late("base")} of ${samples.base.plans} of the base`;
}

/** Until the sample is full, by the starts of this step. */
function leftMs({ input, elapsedMs, ended }: Seen): number | undefined {
	const { step, live } = input;
	const starts = live.starts.filter(({ weight }) => weight === step.weight);
	const started = countOf(starts, "candidate");
	if (started === 0) return undefined;
	return ((step.minSample - ended.candidate) * elapsedMs) / started;
}

/** Never rounded up to a limit that was not reached. */
function evidenceText(value: number): string {
	return `${value >= 10 ? Math.floor(value) : Math.floor(value * 10) / 10}:1`;
}

function percent(share: number): string {
	const value = share * 100;
	return `${value === 0 || value >= 0.1 ? tenth(value) : value.toPrecision(1)} %`;
}

function tenth(value: number): string {
	return String(Math.round(value * 10) / 10);
}

function plural(count: number, word: string): string {
	return `${count} ${word}${count === 1 ? "" : "s"}`;
}
