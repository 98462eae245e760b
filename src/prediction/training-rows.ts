import type { Document } from "mongodb";
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
import type { Mongo } from "../storage/storage-context.ts";

const TIMEOUT_MS = 30_000;
/** Documents of one read. */
const PAGE = 1_000;
/** Tickets of one answer: MongoDB itself ends an answer at 16 MB. */
const TICKETS_AT_ONCE = 100;
const ENDED = ["completed", "failed", "timed_out"] as const;

/** Where a reading has come to: attempts are read in the order of their ends. */
export interface Watermark {
	/** Unix epoch, ms. */
	ms: number;
	/** Wire id. */
	id: string;
}

export interface EndedPage {
	/** Oldest first. */
	finished: FinishedTicket[];
	/** By wire id. */
	allocations: ReadonlyMap<string, AllocationMetadata>;
	skipped: Partial<Record<Unusable, number>>;
	/** After the last of the page; null: the page is empty. */
	next: Watermark | null;
	/** Whether there may be more. */
	isFull: boolean;
}

export interface TrainingSample {
	/** At most as many as asked for, oldest first. */
	tickets: FinishedTicket[];
	/** Attempts that ended within the window. */
	found: number;
	skipped: Partial<Record<Unusable, number>>;
}

/** Ended attempts as models want them, from MongoDB. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface EndedAttempts {
	/** Those that ended after the watermark and before that time, at most a page. */
	readPage(after: Watermark, beforeMs: number): Promise<EndedPage>;
	/** A fair sample of all that ended within `[fromMs, toMs)`; memory is bounded by the sample. */
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
		filter: object,
		{
			projection,
			keep = (found) => found as unknown as T,
		}: {
			projection: Record<string, 0 | 1>;
			keep?: (found: Document) => T;
		},
	) =>
		await mongo.run(
			{ collection, name: "read_ended", timeoutMs: TIMEOUT_MS },
			(target) =>
				target
					.find(filter, { projection, batchSize: TICKETS_AT_ONCE })
					.map(keep)
					.toArray(),
		);

	/** In the order of the index. */
	async function readAttempts(
		after: Watermark,
		beforeMs: number,
	): Promise<EndedAttempt[]> {
		const { ms, id } = after;
		return (await mongo.run(
			{
				...{ collection: "ticket_attempts", name: "read_ended" },
				timeoutMs: TIMEOUT_MS,
			},
			(target) =>
				target
					.find(
						{
							finished_at: { $gte: ms, $lt: beforeMs },
							outcome: { $in: [...ENDED] },
							$or: [{ finished_at: { $gt: ms } }, { _id: { $gt: id } }],
						},
						{
							projection: ATTEMPT_FIELDS,
							sort: { finished_at: 1, _id: 1 },
							limit: PAGE,
						},
					)
					.toArray(),
		)) as unknown as EndedAttempt[];
	}

	/** The attempts with their tickets and tenants: two round trips. */
	async function complete(attempts: readonly EndedAttempt[]) {
		const unique = (ids: string[]) => [...new Set(ids)];
		const [tickets, plans] = await Promise.all([
			find<TicketOfAttempt>(
				"execution_tickets",
				{ _id: { $in: unique(attempts.map((one) => one.logical_ticket_id)) } },
				{ projection: TICKET_FIELDS, keep: withoutParameters },
			),
			find<{ workflow_id: string; tenant?: string; domain: string | null }>(
				"workflows",
				{ _id: { $in: unique(attempts.map((one) => one.workflow_id)) } },
				{ projection: { workflow_id: 1, tenant: 1, domain: 1 } },
			),
		]);
		const ticketOf = new Map(tickets.map((one) => [one.ticket_id, one]));
		const tenantOf = new Map(
			plans.map((one) => [one.workflow_id, one.tenant ?? one.domain]),
		);
		const finished: FinishedTicket[] = [];
		const allocations = new Map<string, AllocationMetadata>();
		const skipped: EndedPage["skipped"] = {};
		for (const attempt of attempts) {
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

	return {
		async readPage(after, beforeMs) {
			const attempts = await readAttempts(after, beforeMs);
			const isFull = attempts.length === PAGE;
			return { ...(await complete(attempts)), next: endOf(attempts), isFull };
		},

		async sample({ fromMs, toMs, limit, signal }) {
			const kept = createSample<EndedAttempt>(limit);
			let after: Watermark | null = { ms: fromMs, id: "" };
			while (after !== null) {
				signal?.throwIfAborted();
				const attempts: EndedAttempt[] = await readAttempts(after, toMs);
				for (const attempt of attempts) kept.add(attempt);
				after = attempts.length < PAGE ? null : endOf(attempts);
			}
			const chosen = kept.items();
			const all: TrainingSample = {
				tickets: [],
				found: kept.seen,
				skipped: {},
			};
			for (let at = 0; at < chosen.length; at += PAGE) {
				signal?.throwIfAborted();
				const part = await complete(chosen.slice(at, at + PAGE));
				for (const one of part.finished)
					all.tickets.push({ ...one, prediction: null });
				for (const [why, count] of Object.entries(part.skipped))
					all.skipped[why as Unusable] =
						(all.skipped[why as Unusable] ?? 0) + count;
			}
			return all;
		},

		async countCompleted(fromMs) {
			return await mongo.run(
				{
					...{ collection: "ticket_attempts", name: "count_ended" },
					timeoutMs: TIMEOUT_MS,
				},
				(target) =>
					target.countDocuments({
						finished_at: { $gte: fromMs },
						outcome: "completed",
					}),
			);
		},
	};
}

function withoutParameters({
	parameters,
	...ticket
}: Document): TicketOfAttempt {
	const parameters_size = parametersSize(parameters);
	return { ...ticket, parameters_size } as unknown as TicketOfAttempt;
}

function endOf(attempts: readonly EndedAttempt[]): Watermark | null {
	const last = attempts.at(-1);
	return last === undefined
		? null
		: { ms: last.finished_at ?? 0, id: last.ticket_id };
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
