import type { PolicyDecision } from "../domain/policy-decision.ts";
import type { PolicyQuestion } from "../domain/policy-question.ts";
import { judgeDocuments, type Verdict } from "../domain/policy-verdict.ts";
import type { PolicyViolation } from "../domain/policy-words.ts";
import { createRedact } from "../domain/redact.ts";
import { OrchestratorError } from "../errors.ts";
import type { PolicyGate } from "../plans/policy-ports.ts";
import { recordsOf } from "./audit-records.ts";
import { type EvaluateFor, evaluateBy } from "./canary-engine.ts";
import type { PolicyDocuments, PolicyEngine, PolicyInputs } from "./engine.ts";
import { contextOf, inputsOf, pathsOf } from "./policy-input.ts";
import {
	flagsWithoutDecision,
	type PolicySettings,
} from "./policy-settings.ts";
import type {
	AuthorizationAudit,
	PolicyObserver,
	TenantRequests,
	WorkloadSource,
} from "./ports.ts";
import type { ShadowPolicies } from "./shadow.ts";
import type { VerifyToken } from "./verify-token.ts";

export interface PolicyGateDeps {
	settings: PolicySettings;
	engine: PolicyEngine;
	/** When not every plan is judged by `engine`. */
	evaluate?: EvaluateFor;
	verifyToken: VerifyToken;
	workload: WorkloadSource;
	requests: TenantRequests;
	audit: AuthorizationAudit;
	observer: PolicyObserver;
	shadow?: ShadowPolicies;
}

/** A question with all its tries; the local activity that asks has 3 s. */
const DECISION_MS = 2_500;
/** Of a ticket or a plan; the audit has them all. */
const MAX_SHOWN = 3;
const MAX_SHOWN_OF_PLAN = 50;

/** The gate of plans and tickets. Never throws: without a decision it says so, or what OPA_FAIL_OPEN says. */
export function createPolicyGate(deps: PolicyGateDeps): PolicyGate {
	const { settings, engine, audit, observer, shadow } = deps;
	const { evaluate = evaluateBy(engine) } = deps;
	const { parameters: hide } = createRedact(settings.sensitiveParameters);

	async function ask(question: PolicyQuestion): Promise<Asked> {
		const paths = pathsOf(settings, question.point);
		const untilMs = question.untilMs ?? Date.now() + DECISION_MS;
		const inputs = inputsOf(
			settings,
			// Whichever engine judges: a server is elsewhere, and a finding that quotes a value is shown to people.
			hide(question),
			await findFacts(deps, question),
		);
		const startedAtMs = performance.now();
		const { plan_id } = question;
		const { by, documents } = await evaluate(plan_id, paths, inputs, untilMs);
		const seconds = (performance.now() - startedAtMs) / 1_000;
		observer.took(by, inputs.items.length, seconds);
		const verdicts = documents.map((one) =>
			judgeDocuments(
				withAll(paths, one),
				settings.severities,
				settings.paths.featureFlags,
			),
		);
		return { by, paths, inputs, verdicts };
	}

	function note(
		question: PolicyQuestion,
		{ by, paths, inputs, verdicts }: Asked,
	) {
		for (const path of paths) {
			const policy = policyOf(path);
			const denied = verdicts.filter(({ denials }) =>
				denials.some((one) => one.policy === policy),
			).length;
			observer.decided({ policy, result: "denied", count: denied });
			const count = verdicts.length - denied;
			observer.decided({ policy, result: "allowed", count });
		}
		for (const { denials, warnings } of verdicts) {
			for (const one of denials) observer.found(one, "denial");
			for (const one of warnings) observer.found(one, "warning");
		}
		audit.add(recordsOf({ question, paths, verdicts, engine: by }));
		shadow?.compare({ question, paths, inputs, verdicts });
	}

	function withoutDecision(
		question: PolicyQuestion,
		error: unknown,
	): PolicyDecision {
		const { message } = error as Error;
		const result = settings.failOpen ? "unchecked" : "undecided";
		observer.decided({ policy: "all", result, count: 1 });
		if (!settings.failOpen) return { outcome: "undecided", reason: message };
		const { name } = engine;
		audit.add(recordsOf({ question, paths: [], verdicts: [], engine: name }));
		return {
			outcome: "unchecked",
			warnings: [uncheckedWarning(message)],
			feature_flags: flagsWithoutDecision,
		};
	}

	return {
		async decide(question) {
			try {
				const asked = await ask(question);
				note(question, asked);
				return decisionOf(question, asked.verdicts);
			} catch (error) {
				return withoutDecision(question, error);
			}
		},
	};
}

interface Asked {
	by: PolicyEngine["name"];
	paths: string[];
	inputs: PolicyInputs;
	verdicts: Verdict[];
}

/** The last word of the package, as findings and metrics name it. */
function policyOf(path: string): string {
	return path.split("/").at(-1) as string;
}

/** A policy without a document is named too, so that its absence is seen. */
function withAll(paths: readonly string[], documents: PolicyDocuments) {
	return Object.fromEntries(paths.map((path) => [path, documents[path]]));
}

async function findFacts(
	{ settings, verifyToken, workload, requests }: PolicyGateDeps,
	question: PolicyQuestion,
) {
	const { jwt_token, tenant_id } = contextOf(question);
	const { plan_id, point } = question;
	return {
		nowMs: Date.now(),
		jwt: await verifyToken(jwt_token),
		requestCount: await countRequests(requests, settings, {
			tenant: tenant_id,
			countedId: point === "before-tickets" ? plan_id : null,
		}),
		workload: await workload.read(),
	};
}

/**
 * Without a limit nobody has to be counted. Throws POLICY_UNAVAILABLE when nobody can, and the limit forbids: where it
 * only warns, nothing is warned of.
 */
async function countRequests(
	requests: TenantRequests,
	{ security, severities }: PolicySettings,
	{ tenant, countedId }: { tenant: string; countedId: string | null },
): Promise<number> {
	const { tenant_rate_limits, default_tenant_rate_limit } = security;
	const limit =
		tenant_rate_limits[tenant] ??
		default_tenant_rate_limit ??
		security.global_rate_limit;
	if (limit === null) return 0;
	const count = await (countedId === null
		? requests.read(tenant)
		: requests.count(tenant, countedId));
	const { blocking, byRule } = severities;
	const severity = byRule.tenant_rate_limit_exceeded ?? "medium";
	if (count === null && blocking.includes(severity))
		throw new OrchestratorError(
			"POLICY_UNAVAILABLE",
			`the plans of tenant ${tenant} cannot be counted: Redis is away`,
		);
	return count ?? 0;
}

function decisionOf(
	question: PolicyQuestion,
	verdicts: readonly Verdict[],
): PolicyDecision {
	if (question.point !== "before-tickets") {
		const denied = verdicts.flatMap(({ denials }, index) => {
			const ticket_id = question.tickets[index]?.ticket_id;
			if (denials.length === 0 || ticket_id === undefined) return [];
			return [{ ticket_id, violations: denials.slice(0, MAX_SHOWN) }];
		});
		return { outcome: "allowed", ...(denied.length > 0 && { denied }) };
	}
	const [{ denials, warnings: all, flags } = noVerdict] = verdicts;
	const warnings = all.slice(0, MAX_SHOWN_OF_PLAN);
	const also = warnings.length > 0 && { warnings };
	if (denials.length > 0) {
		const violations = denials.slice(0, MAX_SHOWN_OF_PLAN);
		const reasons = violations.map(({ msg }) => msg);
		return { outcome: "denied", reasons, violations, ...also };
	}
	return {
		outcome: "allowed",
		...also,
		...(flags !== null && { feature_flags: flags }),
	};
}

const noVerdict: Verdict = { denials: [], warnings: [], flags: null };

function uncheckedWarning(message: string): PolicyViolation {
	return {
		policy: "system",
		rule: "evaluation_error",
		severity: "medium",
		field: null,
		msg: `no policy was asked: ${message}`,
		expected: null,
		actual: null,
	};
}
