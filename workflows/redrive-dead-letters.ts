import {
	condition,
	continueAsNew,
	defineQuery,
	defineSignal,
	setHandler,
} from "@temporalio/workflow";
import type { Author } from "../src/domain/author.ts";
import {
	type DeadLetterPlace,
	REDRIVE_PROGRESS_QUERY,
	type RedriveProgress,
	type RedriveRequest,
	STOP_REDRIVE_SIGNAL,
} from "../src/domain/dead-letter.ts";
import { durable } from "./activity-proxies.ts";

/** The state that a run hands to the next one. */
export interface RedriveRun {
	request: RedriveRequest;
	/** The last letter that is done; null at the beginning. */
	after: DeadLetterPlace | null;
	/** How many of a list of ids are done. */
	doneCount: number;
	progress: RedriveProgress;
}

const progressQuery = defineQuery<RedriveProgress>(REDRIVE_PROGRESS_QUERY);
const stopSignal = defineSignal<[Author]>(STOP_REDRIVE_SIGNAL);

/** Letters a run: at one a second, about 4,500 events of history. */
const PAGE_COUNT = 500;

/**
 * Sends dead letters back to their topics at a limited rate, until none is left or a signal stops it; waits
 * for Kafka and MongoDB as long as it takes. Returns the counts.
 */
export async function redriveDeadLetters(
	run: RedriveRun,
): Promise<RedriveProgress> {
	const { request } = run;
	const { redrive_id, actor, reason, corrected } = request;
	const step = { redrive_id, actor, reason, corrected };
	const progress = { ...run.progress };
	setHandler(progressQuery, () => progress);
	setHandler(stopSignal, (by) => {
		progress.stopped_by ??= by;
	});
	const isStopped = () => progress.stopped_by !== null;

	const page = await takePage(run);
	const stepCount = Math.max(1, Math.floor(request.rate_per_second));
	for (let from = 0; from < page.ids.length; from += stepCount) {
		if (isStopped()) break;
		const ids = page.ids.slice(from, from + stepCount);
		const startedAtMs = Date.now();
		const outcomes = await durable.redriveDeadLetters({ ...step, ids });
		for (const outcome of outcomes) progress[outcome] += 1;
		if (page.next === null && from + stepCount >= page.ids.length) break;
		const dueInMs = (1_000 * ids.length) / request.rate_per_second;
		const restMs = Math.ceil(startedAtMs + dueInMs - Date.now());
		if (restMs > 0) await condition(isStopped, restMs);
	}
	if (isStopped()) return { ...progress, state: "stopped" };
	if (page.next === null) return { ...progress, state: "finished" };
	return await continueAsNew<typeof redriveDeadLetters>({
		...run,
		...page.next,
		progress,
	});
}

interface Page {
	ids: string[];
	/** Where the next run goes on; null after the last letter. */
	next: Pick<RedriveRun, "after" | "doneCount"> | null;
}

async function takePage({
	request,
	after,
	doneCount,
}: RedriveRun): Promise<Page> {
	const { selection, requested_at } = request;
	if (selection.kind === "ids") {
		const ids = selection.ids.slice(doneCount, doneCount + PAGE_COUNT);
		const isLast = doneCount + ids.length >= selection.ids.length;
		const next = { after, doneCount: doneCount + ids.length };
		return { ids, next: isLast ? null : next };
	}
	const places = await durable.findDeadLetters({
		filter: selection.filter,
		after,
		untilMs: requested_at,
		limit: PAGE_COUNT,
	});
	const last = places.at(-1);
	const isLast = last === undefined || places.length < PAGE_COUNT;
	return {
		ids: places.map(({ id }) => id),
		next: isLast ? null : { after: last, doneCount },
	};
}
