import { hasCode } from "../errors.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Ten times the duration of a query of a cached run on a busy machine. */
const FIRST_TRY_MS = 1_000;

/** Without `runId` the newest run. */
interface Run {
	workflowId: string;
	runId?: string;
}

/**
 * Queries a run and resolves with its answer. Queries again when the first try got no answer: the SDK's worker
 * may lose one of two simultaneous queries of a closed run (`test/temporal/query-run.test.ts`). Throws the
 * errors of `TemporalCalls`.
 */
export async function queryRun<T>(
	calls: TemporalCalls,
	run: Run,
	query: string,
	...args: readonly unknown[]
): Promise<T> {
	const first = await queryWhileAnswered<T>(calls, run, query, ...args);
	if (first !== undefined) return first.answer;
	return await ask(calls, run, { query, args });
}

/** As `queryRun`, for a run that may have no worker any more; undefined: there was no answer in a second. */
export async function queryWhileAnswered<T>(
	calls: TemporalCalls,
	run: Run,
	query: string,
	...args: readonly unknown[]
): Promise<{ answer: T } | undefined> {
	try {
		const limitMs = FIRST_TRY_MS;
		return { answer: await ask<T>(calls, run, { query, args, limitMs }) };
	} catch (error) {
		if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
		return undefined;
	}
}

async function ask<T>(
	calls: TemporalCalls,
	{ workflowId, runId }: Run,
	{
		query,
		args,
		limitMs,
	}: { query: string; args: readonly unknown[]; limitMs?: number },
): Promise<T> {
	return await calls(
		`query ${query} of ${workflowId}`,
		(client) =>
			client.workflow
				.getHandle(workflowId, runId)
				.query<T, unknown[]>(query, ...args),
		limitMs,
	);
}
