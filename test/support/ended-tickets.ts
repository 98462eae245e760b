import type { FinishedTicket } from "../../src/domain/prediction/prediction.ts";
import type { Mongo } from "../../src/storage/storage-context.ts";

/** The same tickets, so that the last one ends at that time. */
export function endingAt<Ticket extends FinishedTicket>(
	tickets: readonly Ticket[],
	ms: number,
): Ticket[] {
	const last = Math.max(...tickets.map((one) => one.ended_at_ms));
	const later = ms - last;
	return tickets.map((one) => ({
		...one,
		at_ms: one.at_ms + later,
		ended_at_ms: one.ended_at_ms + later,
	}));
}

/** Puts tickets that have ended into MongoDB, as plans leave them there. */
export async function storeEnded(
	mongo: Mongo,
	tickets: readonly FinishedTicket[],
	/** When; undefined: each as it ended. */
	storedMs?: number,
): Promise<void> {
	const insert = async (collection: string, documents: { _id: string }[]) => {
		for (let at = 0; at < documents.length; at += 2_000)
			await mongo.run({ collection, name: "insert", timeoutMs: 60_000 }, (it) =>
				it.insertMany(documents.slice(at, at + 2_000)),
			);
	};
	await insert("execution_tickets", tickets.map(ticketOf));
	const plans = new Map(
		tickets.map(({ plan_id, tenant }) => [
			plan_id,
			{ _id: `orch-${plan_id}`, workflow_id: `orch-${plan_id}`, tenant },
		]),
	);
	await insert("workflows", [...plans.values()]);
	await insert(
		"ticket_attempts",
		tickets.map((one) => attemptOf(one, storedMs)),
	);
}

function attemptOf(ticket: FinishedTicket, storedMs: number | undefined) {
	const { ticket_id, plan_id, completed, ended_at_ms } = ticket;
	return {
		_id: ticket_id,
		ticket_id,
		logical_ticket_id: `of-${ticket_id}`,
		plan_id,
		workflow_id: `orch-${plan_id}`,
		attempt: ticket.retry_count + 1,
		published_at: ticket.at_ms,
		outcome: completed ? "completed" : "failed",
		agent_id: ticket.worker,
		actual_duration_ms: ticket.actual_duration_ms,
		finished_at: ended_at_ms,
		stored_at: storedMs ?? ended_at_ms,
	};
}

function ticketOf(ticket: FinishedTicket) {
	return {
		_id: `of-${ticket.ticket_id}`,
		ticket_id: `of-${ticket.ticket_id}`,
		attempt: ticket.retry_count + 1,
		task_type: ticket.task_type,
		risk_band: ticket.risk_band,
		required_capabilities: ticket.required_capabilities,
		qos: ticket.qos,
		parameters: { p: "x".repeat(Math.max(0, ticket.parameters_size - 8)) },
		estimated_duration_ms: ticket.estimated_duration_ms,
		sla: { deadline: 0, timeout_ms: ticket.timeout_ms, max_retries: 0 },
		started_at: null,
		...(ticket.prediction && {
			predictions: { ...ticket.prediction, attempt: ticket.retry_count + 1 },
		}),
		allocation_metadata: {
			...{ allocated_at: ticket.at_ms, agent_id: ticket.worker },
			...{ priority_score: 0.5, workers_evaluated: 1 },
			allocation_method: "intelligent_scheduler",
		},
	};
}
