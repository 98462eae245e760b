import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { AllocationMetadata } from "../src/domain/documents.ts";
import type {
	DeniedTicket,
	PolicyConsent,
	PolicyDecision,
} from "../src/domain/policy-decision.ts";
import type { PolicyQuestion } from "../src/domain/policy-question.ts";
import type { PolicyViolation } from "../src/domain/policy-words.ts";
import {
	isAllocated,
	type NotAllocated,
} from "../src/domain/scheduling/allocation.ts";
import { withAllocation } from "../src/domain/wire-ticket.ts";
import { hasCode } from "../src/errors.ts";
import type { PolicyGate } from "../src/plans/policy-ports.ts";
import type { TicketIndex } from "../src/plans/ticket-index.ts";
import type { Allocator } from "./allocate-resources.ts";
import { whileHeartbeating } from "./heartbeat.ts";
import {
	createPublishTickets,
	type PublishTicketsDeps,
	type TicketBatch,
} from "./publish-tickets.ts";

/** Times are Unix epoch, ms. */
export type Dispatched =
	| {
			policy: PolicyConsent;
			/** One a ticket that was published, in their order. */
			allocations: AllocationMetadata[];
			allocated_at: number;
			/** The last acknowledgement. */
			published_at: number;
			held?: HeldTicket[];
	  }
	/** Nothing of the batch was published. */
	| { policy: PolicyConsent; held: HeldTicket[] }
	/** Nothing was published, by a decision about the batch as a whole, or for want of one. */
	| { policy: Exclude<PolicyDecision, PolicyConsent> };

/** A ticket of the batch that was not published, and why; denied without violations: it depends on one that has some. */
export type HeldTicket = { ticket_id: string } & (
	| { kind: "denied"; violations: PolicyViolation[] }
	/** No worker will have it. */
	| NotAllocated
);

export interface DispatchTicketsDeps extends PublishTicketsDeps {
	allocator: Allocator;
	policy: PolicyGate;
	/** Best effort: results find their plan by it. */
	index: Pick<TicketIndex, "remember">;
}

/** Later answers would make the local activity, which has 3 s, fail as if something had been published. */
const DECISION_MS = 2_500;

/** C3 and C4 of a batch, one after the other; one activity, because each is a transaction of Temporal's. */
export function createDispatchTickets(deps: DispatchTicketsDeps) {
	const { policy, allocator, index } = deps;
	const publishTickets = createPublishTickets(deps);

	/**
	 * At-least-once: a repeat may choose other workers for tickets without a place, and workers drop duplicates by `ticket_id`. Policies judge
	 * the tickets, then the workers chosen for them. The index is written before publication, so that no result is faster
	 * than it, and while workers are chosen, which need not wait for it.
	 */
	return async function dispatchTickets(
		batch: TicketBatch,
	): Promise<Dispatched> {
		const { plan_id } = batch;
		const indexed = index.remember(
			batch.tickets.map(({ ticket_id }) => ({ ticket_id, plan_id })),
		);
		await untilSent();
		const chosen = await whileHeartbeating(() => choose(batch));
		if (!("allocations" in chosen)) return chosen;
		const { tickets, ...answer } = chosen;
		await indexed;
		try {
			const published_at = await publishTickets({ ...batch, tickets });
			return { ...answer, published_at };
		} catch (error) {
			// Of several, the good ones are published again.
			if (hasCode(error, "PUBLISH_REFUSED") && tickets.length === 1)
				allocator.giveBack(tickets.map(({ ticket_id }) => ticket_id));
			throw error;
		}
	};

	/** The tickets that may go out with their workers, or why none may. */
	async function choose(batch: TicketBatch) {
		const ask = createAsk(policy, batch);
		const first = await ask({
			point: "before-allocation",
			tickets: batch.tickets,
		});
		if (!isConsent(first)) return { policy: first };
		const afterFirst = divide(batch.tickets, first.denied);
		if (afterFirst.out.length === 0)
			return { policy: outcomeOf(first), held: afterFirst.held };
		const placed = await allocate(batch, afterFirst.out);
		const { wanted, chosen } = placed;
		if (wanted.length === 0)
			return {
				policy: outcomeOf(first),
				held: [...afterFirst.held, ...placed.held],
			};
		const allocated_at = Date.now();
		const agents = chosen.map(({ agent_id }) => agent_id);
		const second = await ask({
			point: "before-publication",
			tickets: wanted,
			agents,
		});
		if (!isConsent(second)) {
			allocator.giveBack(wanted.map(({ ticket_id }) => ticket_id));
			return { policy: second };
		}
		const afterSecond = divide(wanted, second.denied);
		allocator.giveBack(afterSecond.held.map(({ ticket_id }) => ticket_id));
		const held = [...afterFirst.held, ...placed.held, ...afterSecond.held];
		const decision = outcomeOf(first, second);
		const tickets = afterSecond.out;
		if (tickets.length === 0) return { policy: decision, held };
		const allocations = chosen.filter((_, index) =>
			tickets.includes(wanted[index] as ExecutionTicket),
		);
		return {
			policy: decision,
			tickets: tickets.map((ticket, index) =>
				withAllocation(ticket, allocations[index] as AllocationMetadata),
			),
			allocations,
			allocated_at,
			...(held.length > 0 && { held }),
		};
	}

	/** The tickets that got a worker, with it, and the others. */
	async function allocate(batch: TicketBatch, tickets: ExecutionTicket[]) {
		const allocations = await allocator.allocate({ ...batch, tickets });
		const wanted: ExecutionTicket[] = [];
		const chosen: AllocationMetadata[] = [];
		const held: HeldTicket[] = [];
		allocations.forEach((allocation, at) => {
			const ticket = tickets[at] as ExecutionTicket;
			const { ticket_id } = ticket;
			if (isAllocated(allocation)) {
				wanted.push(ticket);
				chosen.push(allocation);
			} else held.push({ ticket_id, ...allocation });
		});
		return { wanted, chosen, held };
	}
}

/**
 * Redis's client sends what was asked for in a turn at its end, and policies take the thread until they have answered.
 * The end of this turn may be queued before the client's, the end of the next one is not.
 */
async function untilSent(): Promise<void> {
	await new Promise(setImmediate);
	await new Promise(setImmediate);
}

type PointAndTickets =
	| Pick<
			Extract<PolicyQuestion, { point: "before-allocation" }>,
			"point" | "tickets"
	  >
	| Pick<
			Extract<PolicyQuestion, { point: "before-publication" }>,
			"point" | "tickets" | "agents"
	  >;

/** What undoes a plan's work is not asked about: leaving it half done would be worse. */
function createAsk(policy: PolicyGate, batch: TicketBatch) {
	const { plan_id, policy_context, tickets, compensation } = batch;
	const untilMs = Date.now() + DECISION_MS;
	return async (about: PointAndTickets): Promise<PolicyDecision> => {
		if (compensation) return { outcome: "allowed" };
		return await policy.decide({
			...about,
			plan_id,
			risk_band: tickets[0]?.risk_band ?? "low",
			task_count: about.tickets.length,
			...(policy_context && { context: policy_context }),
			untilMs,
		});
	};
}

function isConsent(decision: PolicyDecision): decision is PolicyConsent {
	return decision.outcome !== "denied" && decision.outcome !== "undecided";
}

/** The weakest of them: what nobody checked was not allowed by a policy, and says why. */
function outcomeOf(...decisions: PolicyConsent[]): PolicyConsent {
	const unchecked = decisions.find(({ outcome }) => outcome === "unchecked");
	if (unchecked === undefined)
		return { outcome: decisions[0]?.outcome ?? "not configured" };
	const { outcome, warnings } = unchecked;
	return { outcome, ...(warnings && { warnings }) };
}

/**
 * Which tickets go out, and which do not. With a denied ticket stay those of the batch that depend on it:
 * nothing will ever complete it.
 */
function divide(
	tickets: readonly ExecutionTicket[],
	denied: readonly DeniedTicket[] = [],
): { out: ExecutionTicket[]; held: HeldTicket[] } {
	if (denied.length === 0) return { out: [...tickets], held: [] };
	const held = new Map(
		denied.map(({ ticket_id, violations }) => [ticket_id, violations]),
	);
	// Mostly they come in topological order, and the second round finds nothing more.
	for (let known = 0; known < held.size; ) {
		known = held.size;
		for (const { ticket_id, dependencies } of tickets)
			if (!held.has(ticket_id) && dependencies.some((id) => held.has(id)))
				held.set(ticket_id, []);
	}
	return {
		out: tickets.filter(({ ticket_id }) => !held.has(ticket_id)),
		held: [...held].map(([ticket_id, violations]) => ({
			kind: "denied",
			ticket_id,
			violations,
		})),
	};
}
