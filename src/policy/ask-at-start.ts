import { settlesWithin } from "../deadline.ts";
import { jsonBytes } from "../domain/json-bytes.ts";
import { questionAboutPlan } from "../domain/policy-question.ts";
import { readPlan } from "../domain/read-plan.ts";
import type { AskAtStart, PolicyGate } from "../plans/policy-ports.ts";

/** Embedded policies take a millisecond; their facts come from Redis, which may be slow. */
const ANSWER_MS = 250;
/** The run's input has the plan's own size beside it, which is limited. */
const MAX_ANSWER_BYTES = 16_384;

export interface AskAtStartDeps {
	gate: PolicyGate;
	workflowIdOf(planId: string): string;
}

/**
 * Asks policies for the run: it has to ask by itself when the plan cannot be read, when there was no decision in time or
 * a long one, and when the plan belongs to a release, whose build is judged with its own policies.
 */
export function createAskAtStart({
	gate,
	workflowIdOf,
}: AskAtStartDeps): AskAtStart {
	return async (input) => {
		const { decision, routing, settings } = input;
		if (decision.final_decision === "reject") return undefined;
		if (routing?.release !== undefined) return undefined;
		const { plan } = readPlan(input.plan);
		const isReadable =
			plan.tasks.length > 0 && plan.tasks.length <= settings.planMaxTasks;
		if (!isReadable) return undefined;
		const workflowId = workflowIdOf(decision.plan_id);
		const at_ms = Date.now();
		const untilMs = at_ms + ANSWER_MS;
		const question = questionAboutPlan(input, workflowId, plan);
		const asked = gate.decide({ ...question, untilMs });
		if (!(await settlesWithin(ANSWER_MS, asked))) return undefined;
		const answer = await asked;
		const isDecided =
			answer.outcome !== "undecided" && answer.outcome !== "unchecked";
		if (!isDecided || jsonBytes(answer) > MAX_ANSWER_BYTES) return undefined;
		return { decision: answer, at_ms };
	};
}
