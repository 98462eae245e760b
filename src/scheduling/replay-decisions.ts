import type { TicketDocument } from "../domain/documents.ts";
import { withEstimate } from "../domain/prediction/estimate.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import {
	type Decided,
	differencesOf,
	type ReplayedDecision,
	type ReplayedPlan,
	type ReplayedPolicy,
} from "../domain/prediction/replayed-decision.ts";
import { factsOfTicket } from "../domain/prediction/ticket-facts.ts";
import {
	type Choice,
	chooseWorkers,
} from "../domain/scheduling/choose-workers.ts";
import {
	createWorkerIndex,
	type WorkerIndex,
} from "../domain/scheduling/worker-index.ts";
import type { StoredPlans } from "../plans/plan-ports.ts";
import type { WorkerDirectory } from "../plans/worker-directory.ts";
import type { Predictor } from "../prediction/ports.ts";
import type { SchedulerSettings } from "./allocator.ts";
import type { AllocationRecord } from "./explanations.ts";
import { scoreTicket } from "./predict-chunk.ts";
import type { RecordedAllocations } from "./recorded-choices.ts";
import { toPlace } from "./to-place.ts";

export interface ReplayDeps {
	stored: Pick<StoredPlans, "listTickets">;
	recorded: RecordedAllocations;
	directory: WorkerDirectory;
	predictor: Predictor | undefined;
	settings: Pick<
		SchedulerSettings,
		| "priorityWeights"
		| "queueFactor"
		| "affinity"
		| "agentWeight"
		| "criticalRiskBands"
		| "criticalPriorities"
	>;
	tenantOf(planId: string): Promise<string>;
	/** What policies say of the plan now. */
	judge(
		planId: string,
		tickets: readonly TicketDocument[],
	): Promise<ReplayedPolicy>;
}

const MAX_TICKETS = 500;

/**
 * A plan's decisions, made once more with the model, the weights and the workers of today: each ticket as it stood when it was given out, all
 * places free, nothing reserved. undefined: there is no such plan. Throws STORE_UNAVAILABLE.
 */
export function createReplayDecisions(deps: ReplayDeps) {
	return async (planId: string): Promise<ReplayedPlan | undefined> => {
		const page = await deps.stored.listTickets(planId, {
			...{ offset: 0, limit: MAX_TICKETS },
		});
		if (page === undefined) return undefined;
		const { tickets, total } = page;
		const [records, view, tenant, policy] = await Promise.all([
			deps.recorded.readAllocations(
				tickets.map(({ attempt_ticket_id }) => attempt_ticket_id),
			),
			deps.directory.view(),
			deps.tenantOf(planId),
			deps.judge(planId, tickets),
		]);
		const index = createWorkerIndex(view.workers, deps.settings.queueFactor);
		const placed = tickets.map((ticket) => ({
			ticket,
			record: records.get(ticket.attempt_ticket_id),
		}));
		const today = decideAll(deps, index, placed, tenant);
		return {
			...{ plan_id: planId, total, workers: view.workers.length, policy },
			tickets: placed.map((one, at) => describe(one, today[at] as Decided)),
		};
	};
}

interface Given {
	ticket: TicketDocument;
	record: AllocationRecord | undefined;
}

function decideAll(
	{ predictor, settings }: ReplayDeps,
	index: WorkerIndex,
	given: readonly Given[],
	tenant: string,
): Decided[] {
	const predictions = predictor?.preview(
		given.map((one) =>
			factsOfTicket(one.ticket, { tenant, nowMs: atMsOf(one) }),
		),
	);
	const priorities = given.map((one, at) =>
		scoreTicket(one.ticket, {
			...{ nowMs: atMsOf(one), weights: settings.priorityWeights },
			prediction: predictions?.[at],
		}),
	);
	const choices = chooseWorkers(
		index,
		given.map(({ ticket }, at) =>
			toPlace(ticket, priorities[at] ?? 0, predictions?.[at], settings),
		),
		{ held: none, plan: none, intent: none, critical: none },
		{
			...{ affinity: settings.affinity, whenFull: "overflow" },
			agentWeight: settings.agentWeight,
		},
	);
	return given.map((_, at) => ({
		...predictedFields(predictions?.[at]),
		priority: priorities[at] ?? 0,
		...chosenFields(choices[at]),
	}));
}

const none: ReadonlyMap<string, number> = new Map();

/** When it was given out; of one that never was, when it was made. */
function atMsOf({ ticket, record }: Given): number {
	return record?.allocated_at ?? ticket.created_at;
}

function predictedFields(prediction: TicketPrediction | undefined) {
	return {
		predicted_ms: prediction?.duration_ms ?? null,
		model: prediction?.model ?? null,
		anomaly_type: prediction?.anomaly.anomaly_type ?? null,
	};
}

function chosenFields(choice: Choice | undefined) {
	return {
		agent_id: choice?.chosen?.agent_id ?? null,
		why: choice?.deciding_term ?? "nobody fits",
	};
}

function describe({ ticket, record }: Given, today: Decided): ReplayedDecision {
	const got: Decided | null =
		record === undefined
			? null
			: {
					...predictedFields(
						record.predictions ?? withEstimate(ticket).predictions,
					),
					priority: record.priority_score,
					agent_id: record.agent_id,
					why: record.deciding_term ?? record.allocation_method,
				};
	return {
		ticket_id: ticket.ticket_id,
		task_id: ticket.task_id,
		task_type: ticket.task_type,
		attempt: ticket.attempt,
		...{ got, today },
		actual_duration_ms: ticket.actual_duration_ms,
		differs: differencesOf(got, today),
	};
}
