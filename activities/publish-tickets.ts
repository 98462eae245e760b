import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { PolicyContext } from "../src/domain/policy-question.ts";
import type {
	ResultTokens,
	StampedTickets,
} from "../src/plans/result-tokens.ts";
import { type AttemptBounds, whileHeartbeating } from "./heartbeat.ts";

export interface TicketBatch {
	plan_id: string;
	/** The key of the records (protocol.md, "Who owns what"). */
	partition_key: "plan" | "ticket";
	/** Set when somebody asked for another priority than the plan's. */
	asked_priority?: ExecutionTicket["priority"];
	/** Who asks, for policies; absent in batches of earlier releases. */
	policy_context?: PolicyContext;
	/** The tickets undo a plan's work. */
	compensation?: true;
	/** Policy does not give the plan the scheduler: workers have it in turn. */
	in_turn?: true;
	/** Policy gives the plan burst capacity. */
	burst?: true;
	/** Policy gives the plan predictive allocation: workers that would miss a ticket's deadline come last. */
	predictive?: true;
	/** Policy gives the plan the hint of auto-scaling: what is missing is shown while its tickets find no place. */
	scaling?: true;
	/** Policy gives the plan experimental features: urgent tickets may preempt. */
	experimental?: true;
	/** Since when tickets have waited for a worker, by wire id; Unix epoch, ms. */
	waiting_since?: Readonly<Record<string, number>>;
	tickets: ExecutionTicket[];
}

/** A batch as it goes out. */
export type StampedBatch = TicketBatch & StampedTickets;

export interface TicketPublisher {
	/** Resolves only after the brokers acknowledged every ticket. */
	publishTickets(batch: StampedBatch, bounds: AttemptBounds): Promise<void>;
}

export interface PublishTicketsDeps {
	tickets: TicketPublisher;
	tokens: Pick<ResultTokens, "stamp">;
}

export function createPublishTickets({ tickets, tokens }: PublishTicketsDeps) {
	/**
	 * C4. Answers when the last acknowledgement came (Unix epoch, ms). At-least-once: workers drop
	 * duplicates by `ticket_id`.
	 */
	return async function publishTickets(batch: TicketBatch): Promise<number> {
		// Added here and not in the workflow, because Temporal's history must hold no secrets.
		const stamped = { ...batch, ...(await tokens.stamp(batch.tickets)) };
		await whileHeartbeating((bounds) =>
			tickets.publishTickets(stamped, bounds),
		);
		return Date.now();
	};
}
