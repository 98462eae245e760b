import type { AllocationRequest } from "../../activities/allocate-resources.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import { groupOf } from "../domain/prediction/features.ts";
import type { TicketPrediction } from "../domain/prediction/prediction.ts";
import type { AffinityRules } from "../domain/scheduling/affinity.ts";
import {
	type Choice,
	type ChoiceRules,
	chooseWorkers,
	type Holdings,
	type TicketToPlace,
} from "../domain/scheduling/choose-workers.ts";
import { mayBePreempted } from "../domain/scheduling/preempt.ts";
import { traceTerms } from "../domain/scheduling/traces.ts";
import type { WorkerIndex } from "../domain/scheduling/worker-index.ts";
import { attemptId } from "../domain/ticket-ids.ts";
import type { PlaceRequest, ReservedIn } from "./places.ts";
import type { Reservations } from "./reservations.ts";
import type { TakeTurn } from "./take-turns.ts";
import { type CriticalRules, toPlace } from "./to-place.ts";

export interface PlaceChunkDeps {
	reservations: Reservations;
	takeTurn: TakeTurn;
	/** Whether the plan's tickets go to their workers: only then a full worker is waited for. */
	isBound(planId: string): boolean;
	settings: CriticalRules & {
		affinity: AffinityRules;
		agentWeight: number;
		queueAllowanceMs: number;
		waits: { fullMs: number };
		preemption?: unknown;
		/** 0: what outcomes left does not count. */
		traceHalfLifeMs: number;
	};
}

export interface Chunk {
	request: AllocationRequest;
	index: WorkerIndex;
	/** One a ticket, 0 to 1. */
	priorities: readonly number[];
	/** One a ticket; absent: nothing is predicted. */
	predictions: readonly TicketPrediction[] | undefined;
}

/** A ticket's worker, and who knows that it has a place there. */
export interface Placed {
	choice: Choice;
	/** null: it has none. */
	reservedIn: ReservedIn | null;
}

/**
 * The counts may be older than what others have reserved meanwhile, and those of a chunk that comes again hold its own
 * places, which the first round gives back: who found everything full looks again.
 */
const ROUNDS = 2;

/**
 * Chooses a worker for every ticket of the chunk and, under V2, takes a place in its queue: one round trip, and
 * another for tickets whose workers were full by then and are not any more.
 */
export async function placeChunk(
	{ reservations, takeTurn, isBound, settings }: PlaceChunkDeps,
	{ request, index, priorities, predictions }: Chunk,
): Promise<Placed[]> {
	const { tickets } = request;
	const mayWait = isBound(request.plan_id) && request.compensation !== true;
	const rules: ChoiceRules = {
		affinity: settings.affinity,
		agentWeight: settings.agentWeight,
		whenFull: mayWait ? "wait" : "overflow",
	};
	const wanted: TicketToPlace[] = tickets.map((ticket, at) => ({
		...toPlace(ticket, priorities[at] ?? 0, predictions?.[at], settings),
		isOverdue: waitedMs(request, ticket) >= settings.waits.fullMs,
		...(request.predictive && { leftMs: ticket.sla.deadline - Date.now() }),
	}));
	const first = tickets[0] as ExecutionTicket;
	if (first.metadata.orchestrator_version !== "V2") {
		const holdings = holdingsOf(index);
		const choices = await takeTurn(async () =>
			chooseWorkers(index, wanted, holdings, {
				...rules,
				whenFull: "overflow",
			}),
		);
		return choices.map((choice) => ({
			choice: { ...choice, overflow: false },
			reservedIn: null,
		}));
	}

	const { plan_id, intent_id } = first;
	const placed: Placed[] = [];
	const kinds = tickets.map(groupOf);
	const halfLifeMs = settings.traceHalfLifeMs;

	/** What outcomes left on the workers, once for each kind of ticket. */
	function withTraces(): TicketToPlace[] {
		if (halfLifeMs === 0) return wanted;
		const byKind = new Map(
			[...new Set(kinds)].map((kind) => {
				const traces = reservations.traces(kind);
				const terms =
					traces && traceTerms(index.workers, traces, Date.now(), halfLifeMs);
				return [kind, terms] as const;
			}),
		);
		return wanted.map((ticket, at) => ({
			...ticket,
			traces: byKind.get(kinds[at] as string),
		}));
	}

	/** Chooses, and begins to reserve: what other chunks of this process choose meanwhile counts. */
	async function begin(open: readonly number[], round: number) {
		await reservations.refresh([
			...new Set(open.map((at) => kinds[at] as string)),
		]);
		const traced = withTraces();
		const choices = chooseWorkers(
			index,
			open.map((at) => traced[at] as TicketToPlace),
			reservations.holdings(plan_id, intent_id),
			rules,
		);
		const asked = open.flatMap((at, position) => {
			const choice = choices[position] as Choice;
			placed[at] = { choice, reservedIn: null };
			// At first all: the place that is missing may be its own, or that of the attempt before.
			const mayFit = choice.chosen !== null && !choice.overflow;
			return round === 1 || mayFit ? [{ at, choice }] : [];
		});
		const reserving =
			asked.length === 0
				? undefined
				: reservations.reserve({
						plan_id,
						intent_id,
						tickets: asked.map(({ at, choice }) =>
							placeRequest(
								tickets[at] as ExecutionTicket,
								wanted[at] as TicketToPlace,
								{ choice, index, settings, kind: kinds[at] as string },
							),
						),
					});
		return { asked, reserving };
	}

	function hasRoom(): boolean {
		const { held } = reservations.holdings(plan_id, intent_id);
		return index.workers.some(
			({ agent_id }, at) => (held.get(agent_id) ?? 0) < (index.places[at] ?? 0),
		);
	}

	let open = [...tickets.keys()];
	for (let round = 1; round <= ROUNDS && open.length > 0; round += 1) {
		if (round > 1 && !hasRoom()) break;
		const { asked, reserving } = await takeTurn(() => begin(open, round));
		const reserved = await reserving;
		open = [];
		asked.forEach(({ at, choice }, position) => {
			const agent = reserved?.agents[position] ?? null;
			const reservedIn = reserved?.reservedIn ?? null;
			if (agent === null && choice.candidates > 0) open.push(at);
			if (agent !== null)
				placed[at] = { choice: settleOn(choice, agent), reservedIn };
			else if (choice.chosen !== null) {
				const waits = mayWait && wanted[at]?.isOverdue !== true;
				const full = { ...choice, overflow: true };
				placed[at] = {
					choice: waits ? { ...full, chosen: null } : full,
					reservedIn: null,
				};
			}
		});
	}
	return placed;
}

/** How long the ticket has waited for a worker. */
export function waitedMs(
	{ waiting_since }: AllocationRequest,
	{ ticket_id }: ExecutionTicket,
): number {
	const sinceMs = waiting_since?.[ticket_id];
	return sinceMs === undefined ? 0 : Date.now() - sinceMs;
}

/** Another of the best three was given: the first was full meanwhile. */
function settleOn(choice: Choice, agent: string): Choice {
	const given = { ...choice, overflow: false };
	if (choice.chosen?.agent_id === agent) return given;
	const chosen = choice.best.find(({ agent_id }) => agent_id === agent);
	if (chosen === undefined) return given;
	return { ...given, chosen, deciding_term: "load" };
}

/** As the workers say of themselves: nobody has reserved anything. */
function holdingsOf({ workers }: WorkerIndex): Holdings {
	const none = new Map<string, number>();
	const held = new Map(
		workers.map(({ agent_id, active_tasks }) => [agent_id, active_tasks ?? 0]),
	);
	return { held, plan: none, intent: none, critical: none };
}

function placeRequest(
	ticket: ExecutionTicket,
	{ isCritical, predictedMs }: TicketToPlace,
	{
		choice,
		index,
		settings,
		kind,
	}: Pick<PlaceChunkDeps, "settings"> & {
		choice: Choice;
		index: WorkerIndex;
		/** Its `groupOf`. */
		kind: string;
	},
): PlaceRequest {
	const { metadata, sla } = ticket;
	const { timeout_ms, max_retries } = sla;
	return {
		ticket_id: ticket.ticket_id,
		former_ticket_id: formerId(ticket),
		isCritical,
		isPreemptable:
			settings.preemption !== undefined &&
			mayBePreempted(ticket.priority, isCritical, Number(metadata.attempt)),
		// As long as an attempt may take (protocol.md, "Time").
		lapseMs:
			Math.ceil(1.5 * timeout_ms * (max_retries + 1)) +
			settings.queueAllowanceMs,
		// One that waits for better workers than those with places only gives back what it has.
		agents:
			choice.chosen === null && !choice.overflow
				? []
				: choice.best.map(({ agent_id }, at) => ({
						agent_id,
						places: index.places[index.positionOf(agent_id) ?? -1] ?? 0,
						ms: choice.bestMs[at] ?? 0,
					})),
		traceKey: kind,
		predictedMs: predictedMs && Math.round(predictedMs),
	};
}

/** The wire id of the attempt before; a compensation's lapses, because its task's id does not travel. */
function formerId({
	plan_id: planId,
	task_id: taskId,
	task_type,
	metadata,
}: ExecutionTicket): string | null {
	const attempt = Number(metadata.attempt) - 1;
	const generation = Number(metadata.generation);
	if (task_type === "COMPENSATE" || !(attempt >= 1) || !(generation >= 0))
		return null;
	return attemptId({
		planId,
		taskId,
		generation,
		attempt,
		compensation: false,
	});
}
