import { hasCode } from "../errors.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Ten times the duration of a query of a cached run on a busy machine. */
const FIRST_TRY_MS = 1_000;

/**
 * Queries a run, without `runId` the newest one, and resolves with its answer. Queries again when the first
 * try got no answer: the SDK's worker may lose one of two simultaneous queries of a closed run
 * (`test/temporal/query-run.test.ts`). Throws the errors of `TemporalCalls`.
 */
export async function queryRun<T>(
	calls: TemporalCalls,
	{ workflowId, runId }: { workflowId: string; runId?: string },
	query: string,
	...args: readonly unknown[]
): Promise<T> {
	const ask = (limitMs?: number) =>
		calls(
			`query ${query} of ${workflowId}`,
			(client) =>
				client.workflow
					.getHandle(workflowId, runId)
					.query<T, unknown[]>(query, ...args),
			limitMs,
		);
	try {
		return await ask(FIRST_TRY_MS);
	} catch (error) {
		if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
		return await ask();
	}
}
