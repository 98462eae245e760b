import { type ErrorCode, OrchestratorError } from "../errors.ts";

/** Servers that may be away. */
export type Server = "temporal" | "mongodb" | "kafka" | "registry";

/**
 * What is an outage: this list and nothing else. A failure of these passes when its server is back; every
 * other failure would come again with every try.
 */
const outages: Partial<Record<ErrorCode, Server>> = {
	TEMPORAL_UNAVAILABLE: "temporal",
	STORE_UNAVAILABLE: "mongodb",
	PUBLISH_UNCONFIRMED: "kafka",
	REGISTRY_UNAVAILABLE: "registry",
};

/** Whether a failure may pass (`again`) or the same would come of every try (`never`). */
export type JudgeFailure = (
	error: unknown,
	tries: number,
) => Promise<"again" | "never">;

export interface JudgeFailureDeps {
	/** So often a record is tried though its server answers. */
	maxTries: number;
	/** Whether the server answers now. Never throws. */
	isAnswering(server: Server): Promise<boolean>;
}

/**
 * Makes the one rule by which consumers tell outages from failures that never pass. What calls itself an
 * outage is believed while its server is away, however long, and for a number of tries when it is not: then
 * it is this record that its server does not take.
 */
export function createJudgeFailure({
	maxTries,
	isAnswering,
}: JudgeFailureDeps): JudgeFailure {
	return async (error, tries) => {
		if (!(error instanceof OrchestratorError)) return "never";
		// Nothing was tried: the topic is paused, or its head is not due.
		if (error.code === "INTAKE_PAUSED") return "again";
		const server = outages[error.code];
		if (server === undefined) return "never";
		if (tries < maxTries || !(await isAnswering(server))) return "again";
		return "never";
	};
}
