import { condition } from "@temporalio/workflow";
import type { PlanProblem } from "../src/domain/documents.ts";
import type { PolicyDecision } from "../src/domain/policy-decision.ts";
import {
	deniedProblems,
	warningProblems,
	withPolicyWarnings,
} from "../src/domain/policy-problems.ts";
import type { PolicyQuestion } from "../src/domain/policy-question.ts";
import { runDurably } from "./activity-proxies.ts";
import { endIfCancelled } from "./await-approval.ts";
import type { DocumentFlusher } from "./document-flusher.ts";
import { moveStatus } from "./move-status.ts";
import { PATCHES } from "./patches.ts";
import { record } from "./record-events.ts";
import { notify, type PlanRun } from "./run-state.ts";

/** The waits between two questions while there is no decision: they double up to the longest. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 15_000;

/** What a plan that waits for a decision may be interrupted by. */
export interface PolicyWaitBounds {
	/** Where the plan's document shows that there is no decision. */
	step: "c1" | "c2";
	flusher: DocumentFlusher;
	/** Unix epoch, ms. */
	untilMs: number;
	yields(): boolean;
}

type Decided = Exclude<PolicyDecision, { outcome: "undecided" }>;

/**
 * Asks about the plan until there is a decision, durably. Without one the plan ends as EXPIRED at the bound,
 * or as CANCELLED: then the answer is `ended`.
 */
export async function awaitDecision(
	run: PlanRun,
	question: PolicyQuestion,
	{ step, flusher, untilMs, yields }: PolicyWaitBounds,
): Promise<Decided | "ended" | "yielded"> {
	for (;;) {
		const decision = await runDurably(run.turns, "evaluatePolicy", {
			...question,
			patches: PATCHES,
		});
		if (decision.outcome !== "undecided") {
			run.facts.patches = decision.patches ?? [];
			endPolicyWait(run);
			return decision;
		}
		run.facts.policy[step] = decision.outcome;
		holdForPolicy(run, decision.reason);
		flusher.sendChanges();
		const waitMs = Math.min(retryAtMs(run), untilMs) - Date.now();
		const isInterrupted = () => run.facts.cancel !== null || yields();
		await condition(isInterrupted, Math.max(1, waitMs));
		if (run.facts.cancel === null && Date.now() < untilMs) {
			if (yields()) return "yielded";
			continue;
		}
		endPolicyWait(run);
		if (!endIfCancelled(run)) expire(run, decision.reason);
		return "ended";
	}
}

function expire(run: PlanRun, reason: string): void {
	run.facts.errorMessage = `timeout: no decision of policies came in time: ${reason}`;
	moveStatus(run, "expired", "EXPIRED");
}

/** The tickets wait too: nothing goes out before `retryAtMs`. */
export function holdForPolicy(run: PlanRun, reason: string): void {
	const { facts } = run;
	const { sinceMs = Date.now(), tries = 0 } = facts.policyWait ?? {};
	const waitMs = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS);
	facts.policyWait = {
		sinceMs,
		tries: tries + 1,
		nextAtMs: Date.now() + waitMs,
		reason,
	};
	record(run, { kind: "policyUndecided" });
	notify(run);
}

export function endPolicyWait({ facts }: PlanRun): void {
	delete facts.policyWait;
}

/** Policies gave no decision about earlier tickets, so nothing more goes out. */
export function isHeldByPolicy(run: PlanRun): boolean {
	return Date.now() < retryAtMs(run);
}

/** When policies are asked again, Unix epoch, ms; 0 when nobody waits for them. */
export function retryAtMs({ facts }: PlanRun): number {
	return facts.policyWait?.nextAtMs ?? 0;
}

/** What nobody checked stays marked on the plan, whatever is decided about its other tickets; the warning says why, once. */
export function enterTicketDecision(
	{ facts }: PlanRun,
	decision: PolicyDecision,
): void {
	if (facts.policy.c3 !== "unchecked") facts.policy.c3 = decision.outcome;
	if (decision.outcome !== "unchecked") return;
	const known = new Set(facts.warnings.map(ruleOf));
	const more = warningProblems(decision.warnings ?? []);
	facts.warnings = [
		...facts.warnings,
		...more.filter((warning) => !known.has(ruleOf(warning))),
	];
}

function ruleOf({ violation }: PlanProblem): string {
	return `${violation?.policy}/${violation?.rule}`;
}

/** Keeps what the decision says beside yes and no, and returns the problems of a plan that it forbids. */
export function enterDecision({ facts }: PlanRun, decision: Decided) {
	const { warnings = [] } = decision;
	facts.warnings = withPolicyWarnings(facts.warnings, warnings);
	if (decision.outcome === "denied") return deniedProblems(decision);
	if (decision.feature_flags) facts.featureFlags = decision.feature_flags;
	return [];
}
