import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { PlanProblem } from "./documents.ts";
import type { OrchestratorVersion } from "./plan-run.ts";
import type { StickyBy, VersionSplit } from "./rollout/routing.ts";

/**
 * Salt of our own: Temporal ramps build versions by a hash of the workflow id, and the plans that
 * run under V2 must not be the same ones that run on a canary build.
 */
const SALT = "orchestrator-version/1";

/** `ORCHESTRATION_V2_ENABLED` and `ORCHESTRATION_V2_PERCENTAGE`: they stand until a person sets the split. */
export interface StartVersions {
	v2Enabled: boolean;
	/** 0 to 100. */
	v2Percentage: number;
}

/** Whom a plan belongs to; its bucket may be that of any of them. */
export type StickyKeys = Readonly<Record<StickyBy, string>>;

export interface VersionQuestion {
	keys: StickyKeys;
	/** `metadata.orchestrator_version` of the decision. */
	requested: string | undefined;
	split: VersionSplit;
}

export interface VersionChoice {
	version: OrchestratorVersion;
	/** V2's share, 0 to 100, by which it was drawn; null: it was named or listed. */
	weight: number | null;
	/** Set when a version was named that does not exist. */
	warning: PlanProblem | undefined;
}

/** The split that the settings say. */
export function startSplit({
	v2Enabled: enabled,
	v2Percentage: percentage,
}: StartVersions): VersionSplit {
	const none = { allow: [], deny: [] };
	return { enabled, percentage, sticky_by: "plan", salt: SALT, ...none };
}

/**
 * The version a plan runs under: the one its decision names, else by a stable hash of the plan id, its tenant or
 * its domain. The same plan gets the same answer at every delivery, and keeps V2 when the percentage grows.
 */
export function chooseVersion(question: VersionQuestion): VersionChoice {
	const named = question.requested?.trim().toUpperCase() ?? "";
	if (named === "V1" || named === "V2") {
		return { version: named, weight: null, warning: undefined };
	}
	const choice = bySplit(question);
	return {
		...choice,
		warning: named === "" ? undefined : unknownVersion(question, choice),
	};
}

function bySplit({
	keys,
	split,
}: VersionQuestion): Omit<VersionChoice, "warning"> {
	if (!split.enabled) return { version: "V1", weight: 0 };
	const key = keys[split.sticky_by];
	if (split.deny.includes(key)) return { version: "V1", weight: null };
	if (split.allow.includes(key)) return { version: "V2", weight: null };
	const isIn = shareOf(key, split.salt) * 100 < split.percentage;
	return { version: isIn ? "V2" : "V1", weight: split.percentage };
}

/** The key's place in [0, 1): never 1, so that 0 % takes none and 100 % takes all. */
export function shareOf(key: string, salt: string): number {
	const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(`${salt}:${key}`));
	return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
}

function unknownVersion(
	{ requested }: VersionQuestion,
	{ version }: Pick<VersionChoice, "version">,
): PlanProblem {
	const named = JSON.stringify(requested?.slice(0, 100));
	return {
		path: "$.metadata.orchestrator_version",
		code: "VERSION_UNKNOWN",
		message: `$.metadata.orchestrator_version is ${named}, but only V1 and V2 exist: the plan runs under ${version}, as the percentage says; name V1 or V2, or leave the field out`,
	};
}
