import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { DryRun } from "../domain/dry-run.ts";
import { createExecution } from "../domain/execution/open-execution.ts";
import {
	generateTickets,
	type PlanTerms,
	termsOf,
} from "../domain/generate-tickets.ts";
import type { PlanRunInput } from "../domain/plan-run.ts";
import type { PolicyDecision } from "../domain/policy-decision.ts";
import {
	denialText,
	deniedProblems,
	warningProblems,
} from "../domain/policy-problems.ts";
import { questionAboutPlan } from "../domain/policy-question.ts";
import { readPlan } from "../domain/read-plan.ts";
import { validatePlan } from "../domain/validate-plan.ts";
import { toWireTicket } from "../domain/wire-ticket.ts";
import type { PolicyGate } from "../plans/policy-ports.ts";
import { openEngine } from "./open-engine.ts";
import { createPolicyGate } from "./policy-gate.ts";
import type { PolicySettings } from "./policy-settings.ts";
import { createVerifyToken } from "./verify-token.ts";

/** A dry run waits longer than a plan's workflow task may. */
const DECISION_MS = 10_000;
const nobody = () => {};

/** A gate for trials: what it says is neither counted nor written down. undefined when policies are off. */
export async function openTrialGate(
	settings: PolicySettings | null,
): Promise<PolicyGate | undefined> {
	if (settings === null) return undefined;
	const { engine } = await openEngine(settings.engine);
	return createPolicyGate({
		settings,
		engine,
		verifyToken: createVerifyToken(settings.jwksUrl),
		workload: {
			read: async () => ({
				current_load: null,
				queue_depth: null,
				model_accuracy: null,
			}),
		},
		requests: { count: async () => 0, read: async () => 0 },
		audit: { add: nobody },
		observer: { decided: nobody, took: nobody, found: nobody },
	});
}

/** The dry run with what policies would say of the plan and of its tickets, as if it were handed in now. */
export async function judgeDryRun(
	gate: PolicyGate | undefined,
	run: DryRun,
	input: PlanRunInput | undefined,
): Promise<DryRun> {
	if (gate === undefined || input === undefined) return run;
	if (run.outcome === "would_be_recorded") return run;
	const { plan } = readPlan(input.plan);
	const isReadable =
		plan.tasks.length > 0 && plan.tasks.length <= input.settings.planMaxTasks;
	if (!isReadable) return run;
	const question = questionAboutPlan(input, "", plan);
	const decision = await gate.decide({ ...question, untilMs: limitMs() });
	const judged = withDecision(run, decision);
	if (!judged.valid || decision.outcome !== "allowed") return judged;
	const { plan: _, ...common } = question;
	return await withTickets(gate, judged, { input, common });
}

function limitMs(): number {
	return Date.now() + DECISION_MS;
}

function withDecision(run: DryRun, decision: PolicyDecision): DryRun {
	const { outcome } = decision;
	const flags = "feature_flags" in decision ? decision.feature_flags : null;
	const policy = { outcome, feature_flags: flags ?? null, denied_tasks: [] };
	if (decision.outcome === "undecided") {
		const message = `policies give no decision now, and the plan would wait: ${decision.reason}`;
		const warning = { path: "$", code: "POLICY_UNDECIDED", message };
		return { ...run, policy, warnings: [...run.warnings, warning] };
	}
	const warnings = [
		...run.warnings,
		...warningProblems(decision.warnings ?? []),
	];
	if (decision.outcome !== "denied") return { ...run, policy, warnings };
	return {
		...run,
		outcome: "would_be_invalid",
		valid: false,
		problems: [...run.problems, ...deniedProblems(decision)],
		warnings,
		prediction: null,
		policy,
	};
}

type CommonOfQuestions = Omit<ReturnType<typeof questionAboutPlan>, "plan">;

/** Adds which tickets would be denied: the plan would run without them. */
async function withTickets(
	gate: PolicyGate,
	run: DryRun,
	{ input, common }: { input: PlanRunInput; common: CommonOfQuestions },
): Promise<DryRun> {
	const made = makeTickets(input);
	if (made === undefined || run.policy === undefined) return run;
	const { plan, tickets } = made;
	const decision = await gate.decide({
		...common,
		...{ point: "before-allocation", tickets, untilMs: limitMs() },
	});
	const denied = "denied" in decision ? (decision.denied ?? []) : [];
	const byId = new Map(tickets.map((ticket) => [ticket.ticket_id, ticket]));
	const warnings = denied.map(({ ticket_id, violations }) => {
		const { task_id } = byId.get(ticket_id) as ExecutionTicket;
		const index = plan.tasks.findIndex((task) => task.task_id === task_id);
		return {
			path: `$.tasks[${index}]`,
			code: "POLICY_DENIES_TICKET",
			message: `task ${task_id} would fail, ${denialText(violations)}`,
		};
	});
	const denied_tasks = denied.map(
		({ ticket_id }) => byId.get(ticket_id)?.task_id ?? ticket_id,
	);
	return {
		...run,
		warnings: [...run.warnings, ...warnings.slice(0, 100)],
		policy: { ...run.policy, denied_tasks },
	};
}

function makeTickets(input: PlanRunInput) {
	const { decision, settings } = input;
	const nowMs = Date.now();
	const validation = validatePlan({
		plan: input.plan,
		planId: decision.plan_id,
		nowMs,
		maxTasks: settings.planMaxTasks,
	});
	if (!validation.valid) return undefined;
	const { plan } = validation.validated;
	const terms: PlanTerms = { ...termsOf(plan, nowMs), isMarked: true };
	const specs = generateTickets(validation.validated, terms, settings);
	const execution = createExecution(plan.plan_id, specs, {
		dispatch: "all-at-once",
		onFailure: "skip-descendants",
		maxAttempts: settings.ticketMaxAttempts,
		retryBackoffMs: settings.ticketRetryBackoffMs,
		queueAllowanceMs: settings.ticketQueueAllowanceMs,
		maxRetries: terms.max_retries,
		compensation: false,
	});
	const identity = {
		plan_id: plan.plan_id,
		intent_id: decision.intent_id,
		decision_id: decision.decision_id,
		correlation_id: decision.correlation_id ?? decision.decision_id,
		trace_id: decision.trace_id,
		span_id: decision.span_id,
		workflow_id: "",
		orchestrator_version: input.orchestrator_version,
	};
	const tickets = specs.map((_, ticket) =>
		toWireTicket(execution, ticket, 1, identity, terms),
	);
	return { plan, tickets };
}
