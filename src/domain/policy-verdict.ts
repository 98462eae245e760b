import { cutText } from "./cut-text.ts";
import { isObject } from "./field-reader.ts";
import {
	type FeatureFlags,
	featureFlagNames,
	type PolicyViolation,
	type Severity,
	severities,
} from "./policy-words.ts";

/** How severities decide. */
export interface SeverityRules {
	/** These forbid; the others warn. */
	blocking: readonly Severity[];
	/** The severity of a rule, whatever its policy says. */
	byRule: Readonly<Record<string, Severity>>;
}

/** What the policies say about one resource. */
export interface Verdict {
	/** The worst first; none: it is allowed. */
	denials: PolicyViolation[];
	warnings: PolicyViolation[];
	flags: FeatureFlags | null;
}

/** At most so many denials and warnings of one policy are kept; a plan may break a rule with each of its tasks. */
const MAX_KEPT = 50;
const MAX_TEXT_BYTES = 200;

/**
 * The verdict of policies' documents by their paths. Only the document at `flagsPath` may give features in place of
 * a decision: one that holds a decision too is judged by it. Throws a sentence about the first document that says
 * neither yes nor no: no decision is not permission.
 */
export function judgeDocuments(
	documents: Readonly<Record<string, unknown>>,
	rules: SeverityRules,
	flagsPath: string,
): Verdict {
	const verdict: Verdict = { denials: [], warnings: [], flags: null };
	for (const [path, document] of Object.entries(documents)) {
		if (!isObject(document))
			throw new Error(`policy ${path} has no answer: is its package loaded?`);
		const flags = path === flagsPath ? readFlags(document) : null;
		if (flags !== null) verdict.flags = flags;
		const isDecision = "allow" in document || "violations" in document;
		if (flags === null || isDecision) judgeOne(path, document, rules, verdict);
	}
	verdict.denials.sort(bySeverity);
	verdict.warnings.sort(bySeverity);
	return verdict;
}

/** Whether the document of a policy says yes or no, or gives features. */
export function isAnswer(path: string, document: unknown): boolean {
	try {
		judgeDocuments({ [path]: document }, { blocking: [], byRule: {} }, path);
		return true;
	} catch {
		return false;
	}
}

/** Findings are sets, which each engine writes in its own order. */
function bySeverity(a: PolicyViolation, b: PolicyViolation): number {
	const difference =
		severities.indexOf(a.severity) - severities.indexOf(b.severity);
	return difference || (nameOf(a) < nameOf(b) ? -1 : 1);
}

function nameOf({ policy, rule, field, actual }: PolicyViolation): string {
	return [policy, rule, field, actual].join(" ");
}

function judgeOne(
	path: string,
	document: Record<string, unknown>,
	{ blocking, byRule }: SeverityRules,
	verdict: Verdict,
): void {
	const { allow, violations, warnings = [] } = document;
	const isDecided = typeof allow === "boolean" || Array.isArray(violations);
	const isWhole = violations === undefined || Array.isArray(violations);
	if (!isDecided || !isWhole || !Array.isArray(warnings))
		throw new Error(
			`policy ${path} answers neither allow nor violations as they should be`,
		);
	const policy = path.split("/").at(-1) as string;
	// Everything is read before anything is left out: what forbids may stand behind what only warns.
	const found = (violations ?? []).map((one) => {
		const finding = readFinding(path, policy, one, "critical");
		return { ...finding, severity: byRule[finding.rule] ?? finding.severity };
	});
	const denials = found.filter(({ severity }) => blocking.includes(severity));
	if (allow === false && found.length === 0)
		denials.push(refusalWithoutReason(policy));
	const warned = warnings.map((one) => {
		const { severity, ...rest } = readFinding(path, policy, one, "low");
		const isBlocking = blocking.includes(severity);
		return { ...rest, severity: isBlocking ? ("low" as const) : severity };
	});
	const others = found.filter(({ severity }) => !blocking.includes(severity));
	verdict.denials.push(...worst(denials));
	verdict.warnings.push(...worst([...others, ...warned]));
}

function worst(found: readonly PolicyViolation[]): PolicyViolation[] {
	return found.toSorted(bySeverity).slice(0, MAX_KEPT);
}

function refusalWithoutReason(policy: string): PolicyViolation {
	return {
		policy,
		rule: "not_allowed",
		severity: "critical",
		field: null,
		msg: "the policy does not allow it, and names no rule",
		expected: "true",
		actual: "false",
	};
}

function readFinding(
	path: string,
	policy: string,
	value: unknown,
	severity: Severity,
): PolicyViolation {
	if (!isObject(value) || typeof value.rule !== "string")
		throw new Error(`policy ${path} names a finding without a rule`);
	const own = severities.find((name) => name === value.severity);
	if (value.severity !== undefined && own === undefined)
		throw new Error(
			`policy ${path} gives rule ${value.rule} a severity that nobody knows`,
		);
	return {
		policy: textOf(value.policy) ?? policy,
		rule: cutText(value.rule, 100),
		severity: own ?? severity,
		field: textOf(value.field),
		msg: textOf(value.msg) ?? value.rule,
		expected: textOf(value.expected),
		actual: textOf(value.actual),
	};
}

function textOf(value: unknown): string | null {
	if (value === undefined || value === null) return null;
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return cutText(text, MAX_TEXT_BYTES);
}

/** null when the document is about something else. */
function readFlags(document: Record<string, unknown>): FeatureFlags | null {
	const flags = featureFlagNames.map((name) => [name, document[name]]);
	if (!flags.some(([, value]) => typeof value === "boolean")) return null;
	return Object.fromEntries(
		flags.map(([name, value]) => [name, value === true]),
	) as FeatureFlags;
}

/** One sentence: which rule of which policy says no, about which field. */
export function describeViolation({
	policy,
	rule,
	severity,
	field,
	msg,
	expected,
	actual,
}: PolicyViolation): string {
	const about = field === null ? "" : `${field}: `;
	const values =
		expected === null && actual === null
			? ""
			: ` (expected ${expected ?? "nothing"}, is ${actual ?? "nothing"})`;
	return `${policy}/${rule}, ${severity}: ${about}${msg}${values}`;
}
