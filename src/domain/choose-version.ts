import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import type { PlanProblem } from "./documents.ts";
import type { OrchestratorVersion } from "./plan-run.ts";

/**
 * Salt of our own: Temporal ramps build versions by a hash of the workflow id, and the plans that
 * run under V2 must not be the same ones that run on a canary build.
 */
const SALT = "orchestrator-version/1";

export interface VersionQuestion {
	planId: string;
	/** `metadata.orchestrator_version` of the decision. */
	requested: string | undefined;
	v2Enabled: boolean;
	/** 0 to 100. */
	v2Percentage: number;
}

export interface VersionChoice {
	version: OrchestratorVersion;
	/** Set when a version was named that does not exist. */
	warning: PlanProblem | undefined;
}

/**
 * The version a plan runs under: the one its decision names, else by a stable hash of the plan id.
 * The same plan gets the same answer at every delivery, and keeps V2 when the percentage grows.
 */
export function chooseVersion(question: VersionQuestion): VersionChoice {
	const named = question.requested?.trim().toUpperCase() ?? "";
	if (named === "V1" || named === "V2") {
		return { version: named, warning: undefined };
	}
	const version = byPercentage(question);
	return {
		version,
		warning: named === "" ? undefined : unknownVersion(question, version),
	};
}

function byPercentage({
	planId,
	v2Enabled,
	v2Percentage,
}: VersionQuestion): OrchestratorVersion {
	if (!v2Enabled) return "V1";
	return planShare(planId) * 100 < v2Percentage ? "V2" : "V1";
}

/** The plan's place in [0, 1): never 1, so that 0 % takes none and 100 % takes all. */
function planShare(planId: string): number {
	const [a = 0, b = 0, c = 0, d = 0] = sha256(utf8ToBytes(`${SALT}:${planId}`));
	return (((a << 24) | (b << 16) | (c << 8) | d) >>> 0) / 2 ** 32;
}

function unknownVersion(
	{ requested }: VersionQuestion,
	version: OrchestratorVersion,
): PlanProblem {
	const named = JSON.stringify(requested?.slice(0, 100));
	return {
		path: "$.metadata.orchestrator_version",
		code: "VERSION_UNKNOWN",
		message: `$.metadata.orchestrator_version is ${named}, but only V1 and V2 exist: the plan runs under ${version}, as the percentage says; name V1 or V2, or leave the field out`,
	};
}
