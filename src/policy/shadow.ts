import {
	judgeDocuments,
	type SeverityRules,
	type Verdict,
} from "../domain/policy-verdict.ts";
import type { Log } from "../log.ts";
import { type JudgedQuestion, resourceOf, whoAsks } from "./audit-records.ts";
import type { PolicyEngine, PolicyInputs } from "./engine.ts";
import type { AuthorizationAudit, AuthorizationRecord } from "./ports.ts";

export interface ShadowDeps {
	engine: PolicyEngine;
	severities: SeverityRules;
	flagsPath: string;
	audit: AuthorizationAudit;
	log: Pick<Log, "warn">;
	onDifference(policy: string): void;
}

export interface ShadowQuestion extends Omit<JudgedQuestion, "engine"> {
	inputs: PolicyInputs;
}

/** Policies that are evaluated beside the ones that decide. */
export interface ShadowPolicies {
	/** Returns at once; where they differ is counted and written to the audit. */
	compare(asked: ShadowQuestion): void;
}

/** Questions that wait; while a shadow is slower than the plans, the others are not compared. */
const MAX_WAITING = 100;

/** Compares one question after the other, when the process has time for it. Never enforced. */
export function createShadow(deps: ShadowDeps): ShadowPolicies {
	const { log } = deps;
	let newest: Promise<void> = Promise.resolve();
	let waiting = 0;
	return {
		compare(asked) {
			if (waiting >= MAX_WAITING) return;
			waiting += 1;
			newest = newest
				.then(() => compareOne(deps, asked))
				.catch((error: unknown) =>
					log.warn({ error }, "the shadow policies gave no decision"),
				)
				.finally(() => {
					waiting -= 1;
				});
		},
	};
}

async function compareOne(
	{ engine, severities, flagsPath, audit, onDifference }: ShadowDeps,
	{ question, paths, inputs, verdicts }: ShadowQuestion,
): Promise<void> {
	const documents = await engine.evaluate(paths, inputs, Infinity);
	const records = documents.flatMap((one, index): AuthorizationRecord[] => {
		const other = judgeDocuments(one, severities, flagsPath);
		const policies = differences(verdicts[index] as Verdict, other);
		for (const policy of policies) onDifference(policy);
		return policies.map((policy) => {
			const found = [...other.denials, ...other.warnings];
			return {
				...whoAsks(question),
				resource: resourceOf(question, index),
				action: "shadow",
				decision: other.denials.some((it) => it.policy === policy)
					? "deny"
					: "allow",
				policy_path: `shadow/${paths.find((it) => it.endsWith(`/${policy}`)) ?? policy}`,
				violations: found.filter((it) => it.policy === policy),
				engine: engine.name,
			};
		});
	});
	if (records.length > 0) audit.add(records);
}

/** The policies that find something else, or give other features. */
function differences(own: Verdict, other: Verdict): string[] {
	const ownRules = rulesOf(own);
	const otherRules = rulesOf(other);
	const policies = new Set([...ownRules.keys(), ...otherRules.keys()]);
	const found = [...policies].filter(
		(policy) => ownRules.get(policy) !== otherRules.get(policy),
	);
	const isSame = JSON.stringify(own.flags) === JSON.stringify(other.flags);
	return isSame ? found : [...found, "feature_flags"];
}

function rulesOf({ denials, warnings }: Verdict): Map<string, string> {
	const named = [
		...denials.map(({ policy, rule }) => ({ policy, rule: `${rule}!` })),
		...warnings,
	];
	const byPolicy = Map.groupBy(named, ({ policy }) => policy);
	return new Map(
		[...byPolicy].map(([policy, found]) => [
			policy,
			[...new Set(found.map(({ rule }) => rule))].sort().join(" "),
		]),
	);
}
