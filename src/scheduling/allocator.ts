import type {
	AllocationRequest,
	Allocator,
} from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type {
	AllocationMetadata,
	AllocationMethod,
} from "../domain/documents.ts";
import { carryPrediction } from "../domain/prediction/carried-prediction.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import type { PriorityWeights } from "../domain/priority-score.ts";
import type { AffinityRules } from "../domain/scheduling/affinity.ts";
import {
	type Allocation,
	isAllocated,
} from "../domain/scheduling/allocation.ts";
import type { Choice } from "../domain/scheduling/choose-workers.ts";
import { createWorkerIndex } from "../domain/scheduling/worker-index.ts";
import type { WorkerDirectory, WorkerView } from "../plans/worker-directory.ts";
import type { Predictor } from "../prediction/ports.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { type BurstRules, createBursts } from "./bursts.ts";
import {
	type AllocationMetrics,
	countAllocated,
	countHeld,
} from "./count-allocations.ts";
import type { Explanations } from "./explanations.ts";
import { holdBack, type WaitRules } from "./hold-back.ts";
import { perView } from "./per-view.ts";
import { type Chunk, type Placed, placeChunk } from "./place-chunk.ts";
import { predictChunk, scoreTicket } from "./predict-chunk.ts";
import type { PreemptionSettings } from "./preemption.ts";
import type { Reservations } from "./reservations.ts";
import { createRoundRobin } from "./round-robin.ts";
import { createSaturation, type SaturationDeps } from "./saturation.ts";
import { createTurns } from "./take-turns.ts";
import { needsOf } from "./to-place.ts";

export interface SchedulerSettings {
	/** false: everybody who is able, in turn. */
	enabled: boolean;
	priorityWeights: PriorityWeights;
	/** Of a worker's score against the ticket's priority. */
	agentWeight: number;
	queueFactor: number;
	viewMaxAgeMs: number;
	affinity: AffinityRules;
	/** Tickets of these are kept apart. */
	criticalRiskBands: readonly string[];
	criticalPriorities: readonly string[];
	/** How long a ticket may wait for its worker, beside its own time. */
	queueAllowanceMs: number;
	burst: BurstRules;
	/** undefined: running tickets stay. */
	preemption?: PreemptionSettings | undefined;
	/** Set with `TICKETS_ROUTING=worker`. */
	routing?: { groupId: string } | undefined;
	waits: WaitRules;
	/** Half of what an outcome left has evaporated then; 0: outcomes leave nothing. */
	traceHalfLifeMs: number;
}

export interface AllocatorDeps {
	preempt?: SaturationDeps["preempt"];
	directory: WorkerDirectory;
	reservations: Reservations;
	explanations: Explanations;
	metrics: AllocationMetrics &
		Pick<
			Metrics,
			| "schedulerWorkersDiscovered"
			| "schedulerViewAgeSeconds"
			| "schedulerCacheHits"
			| "burstActivations"
			| "burstActive"
			| "burstTickets"
			| "workersWanted"
		>;
	settings: SchedulerSettings;
	/** Whether a plan's tickets go to their workers; default: with `TICKETS_ROUTING=worker` all do. */
	isBound?: (planId: string) => boolean;
	/** Absent: predictions are off. */
	predictor?: Predictor | undefined;
}

/** Workers are known by then; nobody fits these tickets. */
type Turn = {
	ticket: ExecutionTicket;
	placed?: Placed;
	inBurst?: boolean;
};

/**
 * C3: chooses a worker for every ticket of a chunk. Under V2 the choice takes a place in the worker's queue; under
 * V1, whose tickets all go out at once, it does not. When nobody can be chosen by score the workers take turns,
 * and the answer says so.
 */
export function createAllocator({
	preempt,
	directory,
	reservations,
	explanations,
	metrics,
	settings,
	isBound = () => settings.routing !== undefined,
	predictor,
}: AllocatorDeps): Allocator {
	const roundRobin = createRoundRobin();
	const takeTurn = createTurns();
	const bursts = createBursts(settings.burst, {
		burstBegan: (task_type) => metrics.burstActivations.inc({ task_type }),
		burstIsOn: (task_type, isOn) =>
			metrics.burstActive.set({ task_type }, isOn ? 1 : 0),
	});
	const tellSaturation = createSaturation({
		...{ bursts, preempt, metrics },
		holdMs: settings.burst.holdMs,
	});
	const indexOf = perView((workers) =>
		createWorkerIndex(workers, settings.queueFactor),
	);
	const burstIndexOf = perView((workers) =>
		createWorkerIndex(workers, settings.queueFactor * settings.burst.factor),
	);

	const presentIn = perView((workers) => {
		const present = workers.filter(({ status }) => status !== "UNHEALTHY");
		return new Set(present.map(({ agent_id }) => agent_id));
	});

	return {
		async allocate(request) {
			const startedMs = performance.now();
			const nowMs = Date.now();
			const predictions = predictChunk(predictor, request, nowMs);
			const view = await directory.view();
			metrics.schedulerWorkersDiscovered.observe(view.workers.length);
			metrics.schedulerViewAgeSeconds.set(view.age_ms / 1_000);
			if (view.source === "registry") reservations.keepOnly(presentIn(view));
			const { asked_priority } = request;
			const priorities = request.tickets.map((ticket, at) =>
				scoreTicket(ticket, {
					...{ nowMs, asked_priority, weights: settings.priorityWeights },
					prediction: predictions?.[at],
				}),
			);
			const chunk = { request, priorities, predictions };
			const turns = await place(chunk, view);
			const answers = turns.map(
				(turn, at) =>
					holdBack({ request, view, rules: settings.waits }, turn) ??
					describe(request, turn.ticket, {
						...{ placed: turn.placed, view, nowMs },
						priority: priorities[at] ?? 0,
						prediction: predictions?.[at],
					}),
			);
			tell(request, { view, turns, answers, startedMs });
			return answers;
		},
		giveBack: (ticketIds) => reservations.giveBack(ticketIds),
	};

	function tell(
		request: AllocationRequest,
		{
			view,
			turns,
			answers,
			startedMs,
		}: {
			view: WorkerView;
			turns: Turn[];
			answers: Allocation[];
			startedMs: number;
		},
	): void {
		const out = turns.filter((_, at) => isAllocated(answers[at] as Allocation));
		for (const answer of answers)
			if (!isAllocated(answer)) countHeld(metrics, answer);
		// A ticket of a type that is held back may have got a place.
		reservations.giveBack(
			turns
				.filter((turn) => turn.placed?.reservedIn && !out.includes(turn))
				.map(({ ticket }) => ticket.ticket_id),
		);
		const allocations = answers.filter(isAllocated);
		if (out.length === 0) return;
		for (const { ticket, inBurst } of out)
			if (inBurst) metrics.burstTickets.inc({ task_type: ticket.task_type });
		explanations.keep(
			{ ...request, tickets: out.map(({ ticket }) => ticket) },
			allocations,
			{ view, turns: out },
		);
		countAllocated(metrics, allocations, {
			riskBand: request.tickets[0]?.risk_band ?? "",
			durationMs: performance.now() - startedMs,
		});
	}

	async function place(
		chunk: Omit<Chunk, "index">,
		view: WorkerView,
	): Promise<Turn[]> {
		const { request } = chunk;
		if (!settings.enabled || request.in_turn || isBlind(view, settings))
			return request.tickets.map((ticket) => ({ ticket }));
		const types = request.tickets.map(({ task_type }) => task_type);
		const inBurst = request.burst ? bursts.use(types, Date.now()) : [];
		const index = inBurst.length > 0 ? burstIndexOf(view) : indexOf(view);
		const placed = await placeChunk(
			{ reservations, takeTurn, isBound, settings },
			{ ...chunk, index },
		);
		tellSaturation(request, placed, index);
		const known = placed.filter(({ choice }) => choice.isKnown).length;
		metrics.schedulerCacheHits.inc(known);
		return request.tickets.map((ticket, at) => ({
			ticket,
			placed: placed[at] as Placed,
			inBurst: inBurst.includes(ticket.task_type),
		}));
	}

	function describe(
		request: AllocationRequest,
		ticket: ExecutionTicket,
		{
			placed,
			view,
			nowMs,
			priority,
			prediction,
		}: {
			placed: Placed | undefined;
			view: WorkerView;
			nowMs: number;
			priority: number;
			prediction: TicketPrediction | undefined;
		},
	): AllocationMetadata {
		const own = {
			allocated_at: nowMs,
			priority_score: priority,
			workers_evaluated: view.workers.length,
			...(view.source === "last-known" && {
				view_age_ms: Math.round(view.age_ms),
			}),
			...(prediction && { prediction: carryPrediction(prediction, ticket) }),
		};
		const chosen = placed?.choice.chosen;
		if (placed === undefined || chosen == null)
			return {
				...own,
				agent_id: roundRobin.next(view.workers, needsOf(ticket)),
				allocation_method: fallbackMethod(
					view,
					settings.enabled && !request.in_turn,
				),
			};
		return { ...own, ...chosenFields(placed.choice) };
	}
}

function chosenFields({ chosen, deciding_term, overflow }: Choice) {
	return {
		agent_id: chosen?.agent_id ?? null,
		allocation_method: "intelligent_scheduler" as const,
		agent_score: round(chosen?.agent_score ?? 0),
		composite_score: round(chosen?.composite_score ?? 0),
		...(deciding_term !== null && { deciding_term }),
		...(overflow && { overflow }),
		...(chosen?.predicted_queue_ms !== undefined && {
			predicted_queue_ms: chosen.predicted_queue_ms,
			predicted_load_pct: round(chosen.predicted_load_pct ?? 0),
		}),
	};
}

/** Short in histories and documents. */
function round(score: number): number {
	return Math.round(score * 10_000) / 10_000;
}

/** Nobody is known, or what is known is too old to be chosen by. */
function isBlind(view: WorkerView, { viewMaxAgeMs }: SchedulerSettings) {
	return view.workers.length === 0 || view.age_ms > viewMaxAgeMs;
}

function fallbackMethod(
	{ workers, source }: WorkerView,
	isEnabled: boolean,
): AllocationMethod {
	if (workers.length > 0)
		return isEnabled ? "round_robin_fallback" : "round_robin";
	return source === "registry" ? "no_agent_known" : "directory_unavailable";
}
