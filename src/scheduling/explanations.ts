import { setTimeout as sleep } from "node:timers/promises";
import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../domain/documents.ts";
import { readCarried } from "../domain/prediction/carried-prediction.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import type { LossReason } from "../domain/scheduling/eligibility.ts";
import type { RankedWorker } from "../domain/scheduling/ranked-worker.ts";
import type { WorkerView } from "../plans/worker-directory.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import type { Placed } from "./place-chunk.ts";
import type { ReservedIn } from "./places.ts";

/** Why a ticket went to its worker: one for each publication. */
export interface AllocationRecord
	extends Omit<AllocationMetadata, "prediction"> {
	/** Absent: no model has predicted it. */
	predictions?: TicketPrediction;
	/** Wire id of the attempt. */
	ticket_id: string;
	logical_ticket_id: string;
	plan_id: string;
	task_id: string;
	attempt: number;
	/** Workers that fit; null when nobody was chosen by score. */
	candidates: number | null;
	best: RankedWorker[];
	/** How many others lost for which reason, and some of them. */
	losses: Partial<Record<LossReason, number>>;
	lost: { agent_id: string; reason: LossReason }[];
	reserved_in: ReservedIn | null;
	/** Where the workers were known from, and how old that was. */
	view: { source: WorkerView["source"]; age_ms: number };
}

export interface Explanations {
	/** Stores them in the background. Returns at once and never throws. */
	keep(
		request: AllocationRequest,
		allocations: readonly AllocationMetadata[],
		facts: { view: WorkerView; turns: readonly { placed?: Placed }[] },
	): void;
}

export interface AllocationReader {
	/** The newest allocation of a ticket, by the id of any of its attempts. Throws STORE_UNAVAILABLE. */
	readAllocation(ticketId: string): Promise<AllocationRecord | undefined>;
}

export const allocationCollection = "ticket_allocations";
/** Kept so long. */
export const ALLOCATION_DAYS = 30;
const DAY_MS = 86_400_000;
const GATHER_MS = 100;
/** Chunks that wait for MongoDB; what comes beyond is lost, and counted. */
const MAX_WAITING = 100;

/** Collection `ticket_allocations`: one document a chunk, because one a ticket would cost as much as the ticket. */
interface ChunkDocument extends StoredDocument {
	plan_id: string;
	ticket_ids: string[];
	allocations: AllocationRecord[];
	allocated_at: number;
	expires_at: Date;
}

/** Explanations in MongoDB, written off the path of the tickets. */
export function createExplanations(
	mongo: Mongo,
	metrics: Pick<Metrics, "schedulerExplanationsLost">,
): Explanations & AllocationReader & { settled(): Promise<void> } {
	const waiting: ChunkDocument[] = [];
	let writing: Promise<void> | undefined;

	async function writeAll(): Promise<void> {
		// The tickets come first, and other plans' chunks go along.
		await sleep(GATHER_MS);
		while (waiting.length > 0) {
			const batch = waiting.splice(0);
			await store(batch).catch(() => lose(batch));
		}
		writing = undefined;
	}

	/** The same chunk again replaces what was written of it. */
	async function store(batch: readonly ChunkDocument[]): Promise<void> {
		await mongo.run(
			{ collection: allocationCollection, name: "write_allocations" },
			async (collection) =>
				await collection.bulkWrite(
					batch.map((document) => ({
						replaceOne: {
							filter: { _id: document._id },
							replacement: document,
							upsert: true,
						},
					})),
					{ ordered: false },
				),
		);
	}

	function lose(batch: readonly ChunkDocument[]): void {
		for (const { allocations } of batch)
			metrics.schedulerExplanationsLost.inc(allocations.length);
	}

	return {
		keep(request, allocations, facts) {
			const document = toDocument(request, allocations, facts);
			if (waiting.length < MAX_WAITING) waiting.push(document);
			else lose([document]);
			writing ??= writeAll();
		},
		/** Resolves when what was kept is stored, or lost for want of MongoDB. */
		async settled() {
			await writing;
		},
		async readAllocation(ticketId) {
			const found = await mongo.run(
				{ collection: allocationCollection, name: "read_allocation" },
				async (collection) =>
					await collection
						.find({ ticket_ids: ticketId, expires_at: { $gt: new Date() } })
						.sort({ allocated_at: -1 })
						.limit(1)
						.toArray(),
			);
			const [document] = found as unknown as ChunkDocument[];
			return document?.allocations.find(
				({ ticket_id, logical_ticket_id }) =>
					ticket_id === ticketId || logical_ticket_id === ticketId,
			);
		},
	};
}

function toDocument(
	{ plan_id, tickets }: AllocationRequest,
	allocations: readonly AllocationMetadata[],
	{ view, turns }: Parameters<Explanations["keep"]>[2],
): ChunkDocument {
	const { source, age_ms } = view;
	const records = tickets.map((ticket, at) => ({
		...namesOf(ticket),
		...shown(allocations[at] as AllocationMetadata),
		...whyOf(turns[at]?.placed),
		view: { source, age_ms },
	}));
	const [first] = records as [AllocationRecord];
	return {
		_id: `${first.ticket_id}:${records.length}`,
		plan_id,
		ticket_ids: [
			...new Set(
				records.flatMap((one) => [one.ticket_id, one.logical_ticket_id]),
			),
		],
		allocations: records,
		allocated_at: first.allocated_at,
		expires_at: new Date(first.allocated_at + ALLOCATION_DAYS * DAY_MS),
	};
}

function namesOf({ ticket_id, plan_id, task_id, metadata }: ExecutionTicket) {
	return {
		ticket_id,
		logical_ticket_id: metadata.logical_ticket_id ?? ticket_id,
		plan_id,
		task_id,
		attempt: Number(metadata.attempt ?? 1),
	};
}

function shown({ prediction, ...allocation }: AllocationMetadata) {
	const predictions = prediction && readCarried(prediction);
	return { ...allocation, ...(predictions && { predictions }) };
}

function whyOf(placed: Placed | undefined) {
	if (placed === undefined)
		return {
			candidates: null,
			best: [],
			losses: {},
			lost: [],
			reserved_in: null,
		};
	const { candidates, best, losses, lost } = placed.choice;
	return { candidates, best, losses, lost, reserved_in: placed.reservedIn };
}
