import { type ErrorCode, OrchestratorError } from "../errors.ts";

/** Servers that may be away. */
export type Server = "temporal" | "mongodb" | "kafka" | "registry";

/**
 * The closed list of outages. Such a failure passes when its server is back; every other failure would come
 * again with every try.
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
	/** How often a record is tried while its server answers. */
	maxTries: number;
	/** Whether the server answers now. Never throws. */
	isAnswering(server: Server): Promise<boolean>;
}

/**
 * Makes the rule by which consumers tell outages from permanent failures. An outage counts as one while its
 * server is away, however long. If the server answers, the record is tried a number of times: after that the
 * server refuses this record, and the failure is permanent.
 */
export function createJudgeFailure({
	maxTries,
	isAnswering,
}: JudgeFailureDeps): JudgeFailure {
	return async (error, tries) => {
		if (!(error instanceof OrchestratorError)) return "never";
		// The record was not tried: its topic is paused, or it is not due yet.
		if (error.code === "INTAKE_PAUSED") return "again";
		const server = outages[error.code];
		if (server === undefined) return "never";
		if (tries < maxTries || !(await isAnswering(server))) return "again";
		return "never";
	};
}
