import { patched, workflowInfo } from "@temporalio/workflow";
import { omittedOutput } from "../src/domain/carried-tickets.ts";
import type { StrayResult } from "../src/domain/documents.ts";
import {
	applyResult,
	hasMoved,
	type ResultEffect,
	type ResultRules,
} from "../src/domain/execution/apply-result.ts";
import type { TicketResult } from "../src/domain/plan-run.ts";
import { needsApproval } from "../src/domain/read-decision.ts";
import { record } from "./record-events.ts";
import { executionsOf, notify, type PlanRun } from "./run-state.ts";

/** A plan shows at most so many results that had no effect: the newest. */
const MAX_STRAY_RESULTS = 100;

/** At most so many results wait for their tickets. */
const MAX_UNPLACED_RESULTS = 10_000;

/** Least time between two plan documents that show nothing new but results that came too early. */
const EARLY_WINDOW_MS = 10_000;

/** So many of the waiting results, the newest, keep their output: 4 MB at most. */
const MAX_UNPLACED_OUTPUTS = 1_000;

const resultRules: ResultRules = {
	holdsTicket: () => patched("9-hold-for-dependencies"),
	believesOnlyDue: () => patched("10-results-when-due"),
};

/**
 * Puts results into the inbox for the plan's next turn. A plan without tickets has no results: before its
 * approval results are dropped; after it only those of the current workflow task are kept, because a lost try
 * of this task may have published.
 */
export function receiveResults(run: PlanRun, results: TicketResult[]): void {
	if (results.length === 0) return;
	if (run.execution === undefined) {
		if (isUnapproved(run) && resultRules.believesOnlyDue()) {
			dropEarly(run, results);
			// Every signal makes the history longer: the wait must see when a fresh run should go on.
			notify(run);
			return;
		}
		const { historyLength } = workflowInfo();
		const isOlder =
			run.inbox.length > 0 && run.inboxFromHistory !== historyLength;
		if (isOlder && resultRules.believesOnlyDue())
			dropEarly(run, run.inbox.splice(0));
		run.inboxFromHistory = historyLength;
	}
	run.inbox.push(...results);
	notify(run);
}

function isUnapproved({ approval, input }: PlanRun): boolean {
	return !approval?.granted && needsApproval(input.decision, input.plan);
}

/**
 * A flood of results must not cause a document for each signal: they show once a window, the last of them
 * with the plan's next change.
 */
function dropEarly(run: PlanRun, results: readonly TicketResult[]): void {
	const nowMs = Date.now();
	for (const result of results) keepStray(run, result, "early", nowMs);
	const isShown = nowMs - run.earlyShownAtMs >= EARLY_WINDOW_MS;
	if (isShown) run.earlyShownAtMs = nowMs;
	record(run, { kind: "resultsTooEarly", count: results.length, isShown });
}

/**
 * Enters all waiting results in the order they came. A result is kept for the next turn if its attempt is not
 * open, or not on its way to the topic: when a workflow task is retried, results of tickets that its lost try
 * has published are here first.
 */
export function takeInbox(run: PlanRun): void {
	const unplacedBefore = run.unplaced.length;
	const results = [...run.unplaced.splice(0), ...run.inbox.splice(0)];
	const effects: Record<string, number> = {};
	for (const result of results) {
		const effect = enterResult(run, result);
		if (effect === "unknown") run.unplaced.push(result);
		else effects[effect] = (effects[effect] ?? 0) + 1;
	}
	const tooMany = run.unplaced.length - MAX_UNPLACED_RESULTS;
	if (tooMany > 0) giveUpUnplaced(run, tooMany);
	omitOutputs(run.unplaced);
	const placed = results.length - run.unplaced.length;
	if (placed === 0 && run.unplaced.length === unplacedBefore) return;
	record(run, { kind: "resultsEntered", effects });
}

/** Counts the oldest waiting results as unknown: no ticket of the plan will ever match them. */
export function giveUpUnplaced(
	run: PlanRun,
	count: number = run.unplaced.length,
): void {
	if (count <= 0) return;
	for (const result of run.unplaced.splice(0, count))
		keepStray(run, result, "unknown", Date.now());
	record(run, { kind: "resultsEntered", effects: { unknown: count } });
}

/** Goes from the end, to stop where an earlier turn has been. */
function omitOutputs(unplaced: TicketResult[]): void {
	for (let at = unplaced.length - MAX_UNPLACED_OUTPUTS - 1; at >= 0; at--) {
		const result = unplaced[at] as TicketResult;
		if (result.output === omittedOutput) return;
		unplaced[at] = { ...result, output: omittedOutput };
	}
}

function enterResult(run: PlanRun, result: TicketResult): ResultEffect {
	const nowMs = Date.now();
	for (const execution of executionsOf(run)) {
		const effect = applyResult(execution, result, nowMs, resultRules);
		if (effect === "unknown") continue;
		if (effect === "preempted") record(run, { kind: "preempted", result });
		if (hasMoved(effect)) noteReceipt(run, result);
		else if (effect !== "ignored") keepStray(run, result, effect, nowMs);
		return effect;
	}
	return "unknown";
}

/** The plan's next action cannot be older than the last result that moved the plan. */
function noteReceipt(
	{ facts }: PlanRun,
	{ received_at_ms }: TicketResult,
): void {
	if (received_at_ms === undefined) return;
	const nowMs = Date.now();
	facts.lastReceiptAtMs = Math.max(
		facts.lastReceiptAtMs ?? 0,
		Math.min(received_at_ms, nowMs),
	);
}

function keepStray(
	{ facts }: PlanRun,
	result: TicketResult,
	kind: StrayResult["kind"],
	at: number,
): void {
	if (kind === "duplicate") facts.duplicate += 1;
	else if (kind === "unknown" || kind === "early") facts.unknown += 1;
	else facts.late += 1;
	facts.stray.push({
		ticket_id: result.ticket_id,
		status: result.status,
		kind,
		at,
		source: result.source,
	});
	if (facts.stray.length > MAX_STRAY_RESULTS) facts.stray.shift();
}
