import type { TicketDocument } from "../domain/documents.ts";
import type { RecordedChoice } from "../domain/prediction/propose-weights.ts";
import type { Mongo } from "../storage/storage-context.ts";
import { type AllocationRecord, allocationCollection } from "./explanations.ts";

/** Chunks that are looked at, and choices that are given: enough to tell, and read in a moment. */
const MAX_CHUNKS = 1_000;
const MAX_CHOICES = 3_000;

export interface RecordedAllocations {
	/** The newest choices by score whose tickets completed where they were sent. Throws STORE_UNAVAILABLE. */
	readChoices(): Promise<RecordedChoice[]>;
	/** The newest allocation of each of these attempts, by wire id. Throws STORE_UNAVAILABLE. */
	readAllocations(
		ticketIds: readonly string[],
	): Promise<Map<string, AllocationRecord>>;
}

type Ended = Pick<
	TicketDocument,
	| "attempt_ticket_id"
	| "agent_id"
	| "published_at"
	| "finished_at"
	| "predictions"
	| "estimated_duration_ms"
>;

/** What C3 wrote down, for those who look at it again. */
export function createRecordedAllocations(mongo: Mongo): RecordedAllocations {
	async function readChunks(filter: object, limit: number) {
		const found = await mongo.run(
			{ collection: allocationCollection, name: "read_allocations" },
			async (collection) =>
				await collection
					.find(filter, { projection: { allocations: 1 } })
					// In the order of the index; everything is kept equally long.
					.sort({ expires_at: -1 })
					.limit(limit)
					.toArray(),
		);
		return found.flatMap(
			({ allocations }) => allocations as AllocationRecord[],
		);
	}

	return {
		async readChoices() {
			const records = await readChunks({}, MAX_CHUNKS);
			const scored = records
				.filter(
					({ best, allocation_method: method }) =>
						method === "intelligent_scheduler" && best.length > 1,
				)
				.slice(0, MAX_CHOICES);
			const ended = await readEnded(
				mongo,
				scored.map((one) => one.logical_ticket_id),
			);
			return scored.flatMap((record) =>
				toChoice(record, ended.get(record.ticket_id)),
			);
		},
		async readAllocations(ticketIds) {
			const records = await readChunks(
				{ ticket_ids: { $in: [...ticketIds] } },
				MAX_CHUNKS,
			);
			const wanted = new Set(ticketIds);
			// The newest comes first, and stays.
			return new Map(
				records
					.toReversed()
					.flatMap((one) =>
						wanted.has(one.ticket_id) ? [[one.ticket_id, one] as const] : [],
					),
			);
		},
	};
}

async function readEnded(
	mongo: Mongo,
	logicalIds: readonly string[],
): Promise<Map<string, Ended>> {
	const found = await mongo.run(
		{ collection: "execution_tickets", name: "read_ended" },
		async (collection) =>
			await collection
				.find(
					{ ticket_id: { $in: [...logicalIds] }, outcome: "completed" },
					{
						projection: {
							...{ attempt_ticket_id: 1, agent_id: 1, published_at: 1 },
							...{ finished_at: 1, predictions: 1, estimated_duration_ms: 1 },
						},
					},
				)
				.toArray(),
	);
	return new Map(
		(found as unknown as Ended[]).map((one) => [one.attempt_ticket_id, one]),
	);
}

function toChoice(
	{ plan_id, priority_score, agent_id, best }: AllocationRecord,
	ended: Ended | undefined,
): RecordedChoice[] {
	const { published_at, finished_at, predictions } = ended ?? {};
	const expectedMs = predictions?.duration_ms ?? ended?.estimated_duration_ms;
	// Somebody else may have executed it: then it says nothing of the choice.
	if (!published_at || !finished_at || !expectedMs || agent_id === null)
		return [];
	if (ended?.agent_id !== agent_id) return [];
	return [
		{
			...{ plan_id, agent_id, priority: priority_score },
			candidates: best.flatMap(({ agent_id: id, agent_score, room }) =>
				room === undefined ? [] : [{ agent_id: id, agent_score, room }],
			),
			turnaround: (finished_at - published_at) / expectedMs,
		},
	];
}
