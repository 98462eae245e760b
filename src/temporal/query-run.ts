import { hasCode } from "../errors.ts";
import type { TemporalCalls } from "./temporal-calls.ts";

/** Ten times the duration of a query of a cached run on a busy machine. */
const FIRST_TRY_MS = 1_000;
/** Those that were lost together are asked again together, and may be lost again; the last try has a call's own bound. */
const SECOND_TRY_MS = 2_000;

/** Without `runId` the newest run. */
interface Run {
	workflowId: string;
	runId?: string;
}

/**
 * Queries a run and resolves with its answer. Queries up to twice more when a try got no answer: the SDK's worker
 * may lose one of two simultaneous queries of a closed run (`test/temporal/query-run.test.ts`). Throws the
 * errors of `TemporalCalls`.
 */
export async function queryRun<T>(
	calls: TemporalCalls,
	run: Run,
	query: string,
	...args: readonly unknown[]
): Promise<T> {
	for (const limitMs of [FIRST_TRY_MS, SECOND_TRY_MS]) {
		const found = await tryOnce<T>(calls, run, { query, args, limitMs });
		if (found !== undefined) return found.answer;
	}
	return await ask(calls, run, { query, args });
}

/** As `queryRun`, for a run that may have no worker any more; undefined: there was no answer in a second. */
export async function queryWhileAnswered<T>(
	calls: TemporalCalls,
	run: Run,
	query: string,
	...args: readonly unknown[]
): Promise<{ answer: T } | undefined> {
	return await tryOnce(calls, run, { query, args, limitMs: FIRST_TRY_MS });
}

interface Question {
	query: string;
	args: readonly unknown[];
	limitMs?: number;
}

async function tryOnce<T>(
	calls: TemporalCalls,
	run: Run,
	question: Question,
): Promise<{ answer: T } | undefined> {
	try {
		return { answer: await ask<T>(calls, run, question) };
	} catch (error) {
		if (!hasCode(error, "TEMPORAL_UNAVAILABLE")) throw error;
		return undefined;
	}
}

async function ask<T>(
	calls: TemporalCalls,
	{ workflowId, runId }: Run,
	{ query, args, limitMs }: Question,
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
