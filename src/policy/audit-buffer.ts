import { randomUUID } from "node:crypto";
import type { Log } from "../log.ts";
import { isOnlyDuplicates } from "../storage/duplicate-keys.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { AuthorizationAudit, AuthorizationRecord } from "./ports.ts";

export interface AuditBufferDeps {
	mongo: Mongo;
	log: Pick<Log, "warn">;
	onWritten(count: number): void;
	/** Records that were given up, because the buffer was full. */
	onDropped(count: number): void;
	flushIntervalMs?: number;
	/** Records that wait at most; while MongoDB is away the oldest are given up, and counted. */
	maxWaiting?: number;
}

const FLUSH_INTERVAL_MS = 1_000;
const MAX_WAITING = 10_000;
const MAX_BATCH = 500;

/** Writes what policies said to `authorization_audit`, off the way of plans: in batches, and again after an outage. */
export function createAuditBuffer({
	mongo,
	log,
	onWritten,
	onDropped,
	flushIntervalMs = FLUSH_INTERVAL_MS,
	maxWaiting = MAX_WAITING,
}: AuditBufferDeps): AuthorizationAudit & { close(): Promise<void> } {
	let waiting: (AuthorizationRecord & { _id: string })[] = [];
	let flight: Promise<boolean> | undefined;

	/** Whether everything that waited was written. */
	async function writeAll(): Promise<boolean> {
		while (waiting.length > 0) {
			const batch = waiting.slice(0, MAX_BATCH);
			try {
				await mongo.run(
					{ collection: "authorization_audit", name: "insert" },
					async (target) => await insert(target, batch),
				);
			} catch (error) {
				log.warn(
					{ error, waiting: waiting.length },
					"what policies said is not written yet",
				);
				return false;
			}
			const written = new Set(batch);
			// Meanwhile more may have come, and the oldest may have been given up.
			waiting = waiting.filter((record) => !written.has(record));
			onWritten(batch.length);
		}
		return true;
	}

	function flush(): Promise<boolean> {
		flight ??= writeAll().finally(() => {
			flight = undefined;
		});
		return flight;
	}

	let timer: NodeJS.Timeout | undefined;
	let isClosed = false;

	/** Soon, together with what comes until then; again after an outage. */
	function flushLater(): void {
		if (isClosed) return;
		timer ??= setTimeout(async () => {
			timer = undefined;
			if (!(await flush())) flushLater();
		}, flushIntervalMs).unref();
	}

	return {
		add(records) {
			for (const record of records)
				waiting.push({ _id: randomUUID(), ...record });
			if (waiting.length > 0) flushLater();
			const excess = waiting.length - maxWaiting;
			if (excess <= 0) return;
			waiting.splice(0, excess);
			onDropped(excess);
		},
		async close() {
			isClosed = true;
			clearTimeout(timer);
			await flush();
			if (waiting.length === 0 || (await flush())) return;
			onDropped(waiting.length);
		},
	};
}

/** Records of a batch that was written before, and not known to be, are there already. */
async function insert(
	target: Parameters<Parameters<Mongo["run"]>[1]>[0],
	batch: (AuthorizationRecord & { _id: string })[],
): Promise<void> {
	try {
		await target.insertMany(batch, { ordered: false });
	} catch (error) {
		if (!isOnlyDuplicates(error)) throw error;
	}
}
