import { hasCode } from "../errors.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Ten times what a query of a cached run takes on a busy machine. */
const FIRST_TRY_MS = 1_000;

/**
 * Asks a run and resolves with its answer; without a `runId` the newest one. It asks again when the first
 * try got no answer: of two queries of a closed run at the same time the SDK's worker may lose one
 * (`test/temporal/query-run.test.ts`). Throws what `TemporalCalls` throws.
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
