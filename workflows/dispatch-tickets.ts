import {
	ApplicationFailure,
	CancellationScope,
	isCancellation,
	patched,
	type TemporalFailure,
} from "@temporalio/workflow";
import type { Dispatched } from "../activities/dispatch-tickets.ts";
import type { TicketBatch } from "../activities/publish-tickets.ts";
import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import type { Execution } from "../src/domain/execution/state.ts";
import {
	markAllocated,
	markPublished,
	markTried,
	type Publication,
	putBack,
	stillWanted,
	unmarkTried,
	untried,
} from "../src/domain/execution/transitions.ts";
import { cutForPayload, exceedPayload } from "../src/domain/payload-limits.ts";
import { policyContextOf } from "../src/domain/policy-question.ts";
import { toWireTicket } from "../src/domain/wire-ticket.ts";
import { isActivityError, runDurably } from "./activity-proxies.ts";
import {
	endPolicyWait,
	enterTicketDecision,
	holdForPolicy,
	isHeldByPolicy,
} from "./ask-policy.ts";
import { versionNow } from "./guard-version.ts";
import { record } from "./record-events.ts";
import { enterHeld, refuse } from "./refuse-tickets.ts";
import { notify, type PlanRun, type PreparedRun } from "./run-state.ts";
import { waitingOf, waitingSince } from "./wait-for-workers.ts";

/** At most so many tickets in one activity; their bytes may be the narrower limit. */
const CHUNK_TICKETS = 400;

/** Tickets that are going through C3 and C4. */
export interface Dispatch {
	done: Promise<void>;
	/** Stops between two chunks or while waiting for Kafka; tickets that were not confirmed are put back. */
	stop(): void;
}

/** C3 and C4 for tickets that may go out now. A failure of Kafka never ends it: it waits durably. */
export function dispatchTickets(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
): Dispatch {
	const scope = new CancellationScope({ cancellable: true });
	const done = scope
		.run(async () => {
			for (let start = 0; start < publications.length; start += CHUNK_TICKETS) {
				if (scope.consideredCancelled || isHeldByPolicy(run)) return;
				const chunk = publications.slice(start, start + CHUNK_TICKETS);
				// While earlier chunks were on their way, a ticket may have ended or been run again.
				const wanted = stillWanted(execution, chunk);
				await dispatchChunk(run, execution, wanted, scope);
			}
		})
		.catch((error: unknown) => {
			if (!isCancellation(error)) throw error;
		})
		.finally(() => {
			putBack(execution, publications);
			run.publishingSince = null;
			record(run, { kind: "dispatchEnded" });
		});
	return { done, stop: () => scope.cancel() };
}

/** C3 and C4 of tickets that are few enough for one activity, in several if they are too large together. */
function dispatchChunk(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
	scope: CancellationScope,
): Promise<void> {
	const tickets = wireTickets(run, execution, publications);
	if (tickets.length < 2 || !exceedPayload(tickets) || !patched("9-chunks"))
		return dispatchBatch(run, execution, publications, tickets);
	const parts = cutForPayload(tickets).map(({ length }) => length);
	return dispatchParts(run, execution, { publications, parts }, scope);
}

async function dispatchParts(
	run: PreparedRun,
	execution: Execution,
	{ publications, parts }: { publications: Publication[]; parts: number[] },
	scope: CancellationScope,
): Promise<void> {
	let start = 0;
	for (const count of parts) {
		if (scope.consideredCancelled || isHeldByPolicy(run)) return;
		const part = publications.slice(start, start + count);
		start += count;
		await dispatchWanted(run, execution, part);
	}
}

async function dispatchWanted(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
): Promise<void> {
	const wanted = stillWanted(execution, publications);
	const tickets = wireTickets(run, execution, wanted);
	await dispatchBatch(run, execution, wanted, tickets);
}

function wireTickets(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
): ExecutionTicket[] {
	const orchestrator_version = versionNow(run);
	const identity = { ...run.identity, orchestrator_version };
	return publications.map(({ ticket, attempt }) =>
		toWireTicket(execution, ticket, attempt, identity, run.facts.terms),
	);
}

/** C3 and C4 of one batch. */
async function dispatchBatch(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
	tickets: ExecutionTicket[],
): Promise<void> {
	if (publications.length === 0) return;
	record(run, { kind: "dispatchStarted", execution });
	const fresh = untried(execution, publications);
	markTried(execution, publications);
	const { publishAttempted } = run.facts;
	run.facts.publishAttempted = true;
	try {
		const batch = {
			...batchOf(run, execution, tickets),
			...waitingSince(run, execution, publications),
		};
		const dispatched = await dispatch(run, execution, batch);
		// At the first try only what was published was handed to Kafka.
		if (run.publishingSince === null) {
			const isOut = "published_at" in dispatched;
			if (!isOut) run.facts.publishAttempted = publishAttempted;
			unmarkTried(
				execution,
				isOut ? waitingOf(execution, fresh, dispatched.held) : fresh,
			);
		}
		run.publishingSince = null;
		enterDispatched(run, execution, publications, dispatched);
	} catch (error) {
		if (!isActivityError(error)) throw error;
		await dispatchWithoutBad(run, execution, publications, error);
	}
}

function enterDispatched(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
	dispatched: Dispatched,
): void {
	const { policy } = dispatched;
	enterTicketDecision(run, policy);
	if (policy.outcome === "undecided") {
		putBack(execution, publications);
		holdForPolicy(run, policy.reason);
		return;
	}
	endPolicyWait(run);
	if (policy.outcome === "denied") {
		const reasons = policy.reasons.join("; ");
		refuse(execution, publications, { errorMessage: `denied: ${reasons}` });
		record(run, { kind: "dispatchDenied" });
		return;
	}
	const held = "held" in dispatched ? (dispatched.held ?? []) : [];
	const out = enterHeld(run, execution, { publications, held });
	if ("published_at" in dispatched)
		enterPublished(run, execution, out, dispatched);
}

function enterPublished(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
	dispatched: Extract<Dispatched, { published_at: number }>,
): void {
	const { allocations, allocated_at, published_at } = dispatched;
	markAllocated(execution, publications, allocations);
	markPublished(execution, publications, published_at);
	const isFirst = run.facts.publishedAt === null;
	run.facts.publishedAt ??= published_at;
	record(run, {
		kind: "ticketsAllocated",
		execution,
		allocations,
		atMs: allocated_at,
	});
	record(run, {
		kind: "ticketsPublished",
		execution,
		publications,
		isFirst,
		atMs: published_at,
	});
}

/**
 * Kafka answered and will never take one of these records: the batch is halved until the bad one stands
 * alone. The good ones may go out again under the same ids, which workers know.
 */
async function dispatchWithoutBad(
	run: PreparedRun,
	execution: Execution,
	publications: Publication[],
	error: TemporalFailure,
): Promise<void> {
	if (publications.length === 1) {
		const reason = error.cause?.message ?? error.message;
		const isFinal = isRefusedByKafka(error) && patched("10-refused-for-good");
		const text = `publication refused: ${reason}`;
		refuse(execution, publications, { errorMessage: text, isFinal });
		record(run, { kind: "publicationRefused" });
		return;
	}
	const middle = Math.ceil(publications.length / 2);
	for (const half of [
		publications.slice(0, middle),
		publications.slice(middle),
	])
		await dispatchWanted(run, execution, half);
}

function batchOf(
	run: PreparedRun,
	{ rules }: Execution,
	tickets: ExecutionTicket[],
): TicketBatch {
	const { identity, facts, input, plan } = run;
	const { plan_id, workflow_id } = identity;
	const { asked_priority } = facts.terms;
	const taskCount = plan.tasks.length;
	return {
		plan_id,
		partition_key: partitionKey(run),
		...(asked_priority && { asked_priority }),
		policy_context: {
			...policyContextOf(input, workflow_id, taskCount),
			...(asked_priority && { names_priority: true }),
		},
		...(rules.compensation && { compensation: true }),
		...(facts.featureFlags?.enable_burst_capacity && { burst: true }),
		...(facts.featureFlags?.enable_predictive_allocation && {
			predictive: true,
		}),
		...(facts.featureFlags?.enable_auto_scaling && { scaling: true }),
		...(facts.featureFlags?.enable_experimental_features && {
			experimental: true,
		}),
		...(facts.featureFlags?.enable_intelligent_scheduler === false && {
			in_turn: true,
		}),
		tickets,
	};
}

/** The brokers answered that the record is larger than they take, or not valid. */
function isRefusedByKafka({ cause }: TemporalFailure): boolean {
	return (
		cause instanceof ApplicationFailure && cause.type === "PUBLISH_REFUSED"
	);
}

async function dispatch(
	run: PreparedRun,
	execution: Execution,
	batch: TicketBatch,
): Promise<Dispatched> {
	return await runDurably(run.turns, "dispatchTickets", batch, () => {
		run.publishingSince = Date.now();
		record(run, { kind: "dispatchDelayed", execution });
		notify(run);
	});
}

/** `auto`: V1 keys by plan to keep order; V2 keys by ticket to spread load. */
function partitionKey(run: PlanRun): TicketBatch["partition_key"] {
	const { partitionKey: setting } = run.input.settings;
	if (setting !== "auto") return setting;
	return versionNow(run) === "V1" ? "plan" : "ticket";
}
