import type { Document, Filter, FindOptions } from "mongodb";
import type { AllocationMetadata } from "../domain/documents.ts";
import {
	type EndedAttempt,
	type TicketOfAttempt,
	toFinishedTicket,
	type Unusable,
} from "../domain/prediction/finished-ticket.ts";
import type { FinishedTicket } from "../domain/prediction/prediction.ts";
import { createSample } from "../domain/prediction/sample-tickets.ts";
import { parametersSize } from "../domain/prediction/ticket-facts.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";

const TIMEOUT_MS = 30_000;
/** Attempts of one read. */
export const PAGE = 1_000;
/** Tickets of one answer: MongoDB itself ends an answer at 16 MB. */
const TICKETS_AT_ONCE = 100;
const ENDED = { $in: ["completed", "failed", "timed_out"] as const };

export type SkippedCounts = Partial<Record<Unusable, number>>;

export interface EndedPage {
	finished: FinishedTicket[];
	/** By wire id. */
	allocations: ReadonlyMap<string, AllocationMetadata>;
	skipped: SkippedCounts;
}

export interface TrainingSample {
	/** At most as many as asked for, oldest first. */
	tickets: FinishedTicket[];
	/** Attempts that ended within the window. */
	found: number;
}

/** Ended attempts as models want them, from MongoDB. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface EndedAttempts {
	/** Whose end was stored within `[fromMs, toMs]`: when that was, by wire id, the first first. */
	listStored(window: {
		fromMs: number;
		toMs: number;
		limit?: number;
	}): Promise<Map<string, number>>;
	/** Of these attempts, at most a page, all but the cancelled ones, oldest end first. */
	read(ids: readonly string[]): Promise<EndedPage>;
	/** Of all that ended within `[fromMs, toMs)` the newest and a fair sample of the rest; memory is bounded by the sample. */
	sample(window: {
		fromMs: number;
		toMs: number;
		limit?: number;
		signal?: AbortSignal;
	}): Promise<TrainingSample>;
	countCompleted(fromMs: number): Promise<number>;
}

export function createEndedAttempts(mongo: Mongo): EndedAttempts {
	/** `keep`: what stays of a document in memory. */
	const find = async <T>(
		collection: string,
		filter: Filter<StoredDocument>,
		options: FindOptions,
		keep = (found: Document) => found as unknown as T,
	): Promise<T[]> =>
		await mongo.run(
			{ collection, name: "read_ended", timeoutMs: TIMEOUT_MS },
			(target) =>
				target
					// What is waited for no longer does not go on in the server.
					.find(filter, { ...options, maxTimeMS: TIMEOUT_MS })
					.map(keep)
					.toArray(),
		);

	/** The attempts with their tickets and tenants: two round trips, none for no attempts. */
	async function read(ids: readonly string[]): Promise<EndedPage> {
		if (ids.length === 0)
			return { finished: [], allocations: new Map(), skipped: {} };
		const found = await find<EndedAttempt>(
			"ticket_attempts",
			{ _id: { $in: [...ids] }, outcome: ENDED },
			{ projection: ATTEMPT_FIELDS },
		);
		const unique = (all: string[]) => [...new Set(all)];
		const [tickets, plans] = await Promise.all([
			find<TicketOfAttempt>(
				"execution_tickets",
				{ _id: { $in: unique(found.map((one) => one.logical_ticket_id)) } },
				{ projection: TICKET_FIELDS, batchSize: TICKETS_AT_ONCE },
				withoutParameters,
			),
			find<{ workflow_id: string; tenant?: string; domain: string | null }>(
				"workflows",
				{ _id: { $in: unique(found.map((one) => one.workflow_id)) } },
				{ projection: fields("workflow_id", "tenant", "domain") },
			),
		]);
		const ticketOf = new Map(tickets.map((one) => [one.ticket_id, one]));
		const tenantOf = new Map(
			plans.map((one) => [one.workflow_id, one.tenant ?? one.domain]),
		);
		const finished: FinishedTicket[] = [];
		const allocations = new Map<string, AllocationMetadata>();
		const skipped: SkippedCounts = {};
		for (const attempt of found.toSorted(byEnd)) {
			const ticket = ticketOf.get(attempt.logical_ticket_id);
			const tenant = tenantOf.get(attempt.workflow_id) ?? "default";
			const one = toFinishedTicket(attempt, ticket, tenant);
			if (typeof one === "string") skipped[one] = (skipped[one] ?? 0) + 1;
			else {
				finished.push(one);
				const allocation = ticket?.allocation_metadata;
				if (allocation && ticket.attempt === attempt.attempt)
					allocations.set(one.ticket_id, allocation);
			}
		}
		return { finished, allocations, skipped };
	}

	/** Those that ended within the window and after the last one, in the order of the index. */
	const listEnded = async (
		after: { finished_at: number; _id: string },
		toMs: number,
	) =>
		await find<{ finished_at: number; _id: string }>(
			"ticket_attempts",
			{
				finished_at: { $gte: after.finished_at, $lt: toMs },
				outcome: ENDED,
				$or: [
					{ finished_at: { $gt: after.finished_at } },
					{ _id: { $gt: after._id } },
				],
			},
			{
				projection: { finished_at: 1 },
				sort: { finished_at: 1, _id: 1 },
				limit: PAGE,
			},
		);

	return {
		read,

		async listStored({ fromMs, toMs, limit = 0 }) {
			const found = await find<{ _id: string; stored_at: number }>(
				"ticket_attempts",
				{ stored_at: { $gte: fromMs, $lte: toMs } },
				{
					projection: { stored_at: 1 },
					sort: { stored_at: 1, _id: 1 },
					limit,
				},
			);
			return new Map(found.map(({ _id, stored_at }) => [_id, stored_at]));
		},

		async sample({ fromMs, toMs, limit, signal }) {
			const kept = createSample<string>(limit);
			let last: { finished_at: number; _id: string } | undefined = {
				...{ finished_at: fromMs, _id: "" },
			};
			while (last !== undefined) {
				signal?.throwIfAborted();
				const ended = await listEnded(last, toMs);
				for (const { _id } of ended) kept.add(_id);
				last = ended.length < PAGE ? undefined : ended.at(-1);
			}
			const chosen = kept.items();
			const tickets: FinishedTicket[] = [];
			for (let at = 0; at < chosen.length; at += PAGE) {
				signal?.throwIfAborted();
				const { finished } = await read(chosen.slice(at, at + PAGE));
				for (const one of finished) tickets.push({ ...one, prediction: null });
			}
			return { tickets, found: kept.seen };
		},

		countCompleted: async (fromMs) =>
			await mongo.run(
				{
					...{ collection: "ticket_attempts", name: "count_ended" },
					timeoutMs: TIMEOUT_MS,
				},
				(target) =>
					target.countDocuments({
						finished_at: { $gte: fromMs },
						outcome: "completed",
					}),
			),
	};
}

const byEnd = (one: EndedAttempt, other: EndedAttempt) =>
	(one.finished_at ?? 0) - (other.finished_at ?? 0);

function withoutParameters({
	parameters,
	...ticket
}: Document): TicketOfAttempt {
	const parameters_size = parametersSize(parameters);
	return { ...ticket, parameters_size } as unknown as TicketOfAttempt;
}

function fields(...names: string[]): Record<string, 1> {
	return Object.fromEntries(names.map((name) => [name, 1]));
}

const ATTEMPT_FIELDS = fields(
	...["ticket_id", "logical_ticket_id", "plan_id", "workflow_id", "attempt"],
	...["published_at", "outcome", "agent_id", "actual_duration_ms"],
	"finished_at",
);
const TICKET_FIELDS = fields(
	...["ticket_id", "attempt", "task_type", "risk_band", "qos", "parameters"],
	...["required_capabilities", "estimated_duration_ms", "sla", "started_at"],
	...["predictions", "allocation_metadata"],
);
