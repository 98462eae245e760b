import {
	CancellationScope,
	condition,
	isCancellation,
	patched,
} from "@temporalio/workflow";
import type { DocumentWrite } from "../src/domain/documents.ts";
import {
	markStored,
	markUnstored,
	type TakenTickets,
	takeTicketWrites,
} from "../src/domain/execution/document-tracking.ts";
import { PLAN_OUTCOMES } from "../src/domain/rollout/plan-outcome.ts";
import { chunkWrites } from "../src/domain/write-chunks.ts";
import { asStopped, durable, runDurably } from "./activity-proxies.ts";
import { planDocument } from "./plan-answers.ts";
import { record } from "./record-events.ts";
import {
	executionsOf,
	nextRevision,
	notify,
	type PlanRun,
} from "./run-state.ts";

/**
 * Writes the run's documents to MongoDB without ever holding up the run: one batch is on its way at a time,
 * later changes go with the next. While MongoDB is away the batch waits in a durable activity.
 */
export interface DocumentFlusher {
	/** Sends the changed documents, unless a batch is on its way. */
	sendChanges(): void;
	/**
	 * Hands what has changed to `write`, which answers whether it is stored, and settles with it. undefined, and nothing
	 * is done, when a batch is on its way or this one is too large to be tried at once.
	 */
	sendBy<T extends { is_stored: boolean }>(
		write: (writes: DocumentWrite[]) => Promise<T>,
	): Promise<T> | undefined;
	/** Resolves when every document is stored. */
	flush(): Promise<void>;
	/** Gives up the batch on its way; the next run writes its documents again. */
	stop(): Promise<void>;
	/** Goes on after a stop. */
	resume(): void;
}

interface Batch {
	writes: DocumentWrite[];
	taken: TakenTickets[];
	kept: [string, Omit<DocumentWrite, "revision">][];
}

/** Up to so many writes are tried inside the workflow task; more would hold up results that come meanwhile. */
const QUICK_WRITES = 250;
export function createDocumentFlusher(run: PlanRun): DocumentFlusher {
	let flight: Promise<void> | undefined;
	let scope: CancellationScope | undefined;
	let stopped = false;

	function sendChanges(): void {
		if (flight !== undefined || stopped) return;
		const batch = takeBatch(run);
		if (batch.writes.length === 0) return;
		scope = new CancellationScope({ cancellable: true });
		flight = scope
			.run(() => send(run, batch.writes))
			.then(
				() => settle(batch),
				(error: unknown) => {
					giveBack(run, batch);
					if (!isCancellation(error)) throw error;
				},
			)
			.finally(() => {
				flight = undefined;
				run.writingSince = null;
				notify(run);
			});
	}

	return {
		sendChanges,
		sendBy(write) {
			if (flight !== undefined || stopped) return undefined;
			const batch = takeBatch(run);
			const chunks = chunksOf(batch.writes);
			if (!isQuick(chunks)) {
				giveBack(run, batch);
				return undefined;
			}
			const written = write(chunks.flat());
			flight = written
				.then(
					({ is_stored }) => (is_stored ? settle(batch) : giveBack(run, batch)),
					() => giveBack(run, batch),
				)
				.finally(() => {
					flight = undefined;
					notify(run);
				});
			return flight.then(() => written);
		},
		async flush() {
			for (sendChanges(); flight !== undefined; sendChanges()) await flight;
		},
		async stop() {
			stopped = true;
			scope?.cancel();
			await condition(() => flight === undefined);
		},
		resume() {
			stopped = false;
			sendChanges();
		},
	};

	function settle(batch: Batch): void {
		batch.taken.forEach(markStored);
		for (const [key, write] of batch.kept) {
			if (run.outbox.get(key) === write) run.outbox.delete(key);
		}
	}
}

function takeBatch(run: PlanRun): Batch {
	const batch: Batch = {
		writes: [],
		taken: [],
		kept: [...run.outbox],
	};
	const changed = executionsOf(run).filter(({ dirty }) => dirty.size > 0);
	if (!run.planDirty && batch.kept.length === 0 && changed.length === 0)
		return batch;

	const revision = nextRevision(run);
	for (const [, write] of batch.kept)
		batch.writes.push({ isNew: true, ...write, revision });
	batch.writes.push(planWrite(run, revision));
	run.planDirty = false;
	for (const execution of changed) {
		if (run.facts.terms === null) continue;
		const { writes, taken } = takeTicketWrites(
			{ execution, identity: run.identity, terms: run.facts.terms },
			revision,
			Date.now(),
		);
		batch.writes.push(...writes);
		batch.taken.push(taken);
	}
	return batch;
}

function planWrite(run: PlanRun, revision: string): DocumentWrite {
	return {
		collection: "workflows",
		_id: run.identity.workflow_id,
		revision,
		fields: { ...planDocument(run) },
		isNew: run.facts.revision === 1,
	};
}

function giveBack(run: PlanRun, batch: Batch): void {
	batch.taken.forEach(markUnstored);
	run.planDirty = true;
}

async function send(run: PlanRun, all: DocumentWrite[]): Promise<void> {
	const chunks = chunksOf(all);
	const quick = isQuick(chunks);
	try {
		for (const chunk of chunks) {
			if (!quick) await durable.writeDocuments(chunk);
			else
				await runDurably(run.turns, "writeDocuments", chunk, () =>
					noteFallback(run),
				);
		}
	} catch (error) {
		throw asStopped(error);
	}
}

/**
 * The plan's outcome goes with the last chunk: it makes no activity more, nor one of another kind, than runs had that
 * an earlier build began.
 */
function chunksOf(all: DocumentWrite[]): DocumentWrite[][] {
	const { outcomes = [], writes = [] } = Object.groupBy(
		all,
		({ collection }) => (collection === PLAN_OUTCOMES ? "outcomes" : "writes"),
	);
	const chunks = cutWrites(writes);
	chunks.at(-1)?.push(...outcomes);
	return chunks;
}

function isQuick(chunks: DocumentWrite[][]): boolean {
	const [only, ...more] = chunks;
	if (only === undefined || more.length > 0) return false;
	const writes = only.filter(({ collection }) => collection !== PLAN_OUTCOMES);
	return writes.length <= QUICK_WRITES;
}

function cutWrites(writes: DocumentWrite[]): DocumentWrite[][] {
	const { rough, exact } = chunkWrites(writes);
	return exact.length === rough.length || !patched("9-chunks") ? rough : exact;
}

function noteFallback(run: PlanRun): void {
	run.writingSince = Date.now();
	record(run, { kind: "waitStarted", target: "mongodb" });
	notify(run);
}
