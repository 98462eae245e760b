import type { StepName } from "../documents.ts";
import { isOpenStatus, type PlanStatus } from "../plan-run.ts";
import { isStepOfPlan, stepMovedAt } from "../plan-steps.ts";
import type {
	PlanHistory,
	TimelineAttempt,
	TimelineTicket,
	ToldPlan,
} from "../timeline-event.ts";

/** What a plan's time goes to. */
export const spendings = [
	/** The plan's own steps, C1 to C6. */
	"steps",
	"approval",
	/** A ticket could go out and did not yet: its batch, policies, a place at a worker, a pause. */
	"dispatch",
	/** A ticket was out, and no worker had begun. */
	"queue",
	"running",
	/** Attempts that another one followed, and the waits before those. */
	"retry",
	/** A ticket was out, and nobody knows whether a worker had begun: no result came. */
	"unanswered",
	"compensation",
] as const;
export type Spending = (typeof spendings)[number];

/** A stretch of a plan's time. */
export interface Stretch {
	what: Spending;
	/** Unix epoch, ms. */
	from: number;
	to: number;
	step?: StepName;
	task_id?: string;
	attempt?: number;
	agent_id?: string | null;
}

/** Where the time of a plan went, of its newest round if it was run again. */
export interface SpentTime {
	status: PlanStatus;
	/** Unix epoch, ms. */
	started_at: number;
	/** null: the plan is open, and its time counts until now. */
	ended_at: number | null;
	total_ms: number;
	/** Sums of the whole critical path, the largest first; together they are `total_ms`. */
	spent: { what: Spending; ms: number }[];
	/** What the plan's end waited for at each moment, from its beginning: the longest stretches. */
	critical_path: Stretch[];
	/** The number of its stretches, also of those left out. */
	critical_path_length: number;
	/** Attempts of all tickets of the plan, also beside its critical path. */
	attempts: number;
	retries: number;
}

/**
 * Follows a plan back from its end, each ticket to that of its dependencies which ended last, and says what
 * each moment was spent on. The critical path has at most `limit` stretches.
 */
export function tellSpentTime(
	{ plan, tickets, attempts }: PlanHistory,
	{ nowMs, limit }: { nowMs: number; limit: number },
): SpentTime {
	const started_at = roundBegan(plan);
	const ended_at = isOpenStatus(plan.status) ? null : planOver(plan);
	const walk = walkThrough(started_at, ended_at ?? nowMs);
	walkBeginnings(plan, walk);
	const byTicket = Map.groupBy(attempts, (one) => one.logical_ticket_id);
	for (const ticket of criticalTickets(tickets))
		walkTicket(ticket, byTicket.get(ticket.ticket_id) ?? [], walk);
	walkEnd(plan, tickets, walk);
	const { path } = walk;
	return {
		status: plan.status,
		started_at,
		ended_at,
		total_ms: walk.untilMs - started_at,
		spent: sumUp(path),
		critical_path: longest(path, limit),
		critical_path_length: path.length,
		attempts: attempts.length,
		retries: attempts.filter(({ attempt }) => attempt > 1).length,
	};
}

interface Walk {
	path: Stretch[];
	untilMs: number;
	/** Goes on to that moment; a moment that has passed is none. */
	spend(what: Spending, toMs: number, about?: Partial<Stretch>): void;
}

function walkThrough(fromMs: number, endMs: number): Walk {
	const path: Stretch[] = [];
	const untilMs = Math.max(fromMs, endMs);
	let from = fromMs;
	return {
		path,
		untilMs,
		spend(what, toMs, about = {}) {
			const to = Math.min(toMs, untilMs);
			if (to <= from) return;
			path.push({ what, from, to, ...about });
			from = to;
		},
	};
}

/** C1, approval and C2, which a plan does once in its life. */
function walkBeginnings(plan: ToldPlan, { spend, untilMs }: Walk): void {
	const ended = endsOfSteps(plan);
	spend("steps", ended("C1") ?? 0, { step: "C1" });
	const { approval } = plan;
	if (approval) {
		spend("steps", approval.requested_at, { step: "C1" });
		const answer = approvalAnswer(plan);
		spend("approval", answer?.at ?? untilMs);
	}
	spend("steps", ended("C2") ?? 0, { step: "C2" });
}

/** The command that ended the wait for a person. */
export function approvalAnswer({ approval, commands }: ToldPlan) {
	const ends = ["approve", "reject", "cancel"];
	return commands.find(
		({ command, at }) =>
			ends.includes(command) && at >= (approval?.requested_at ?? 0),
	);
}

function walkTicket(
	ticket: TimelineTicket,
	attempts: readonly TimelineAttempt[],
	{ spend, untilMs }: Walk,
): void {
	const { task_id } = ticket;
	for (const one of attempts.toSorted((a, b) => a.attempt - b.attempt)) {
		const { attempt, agent_id } = one;
		const isLast = attempt === attempts.length;
		const about = { task_id, attempt, agent_id };
		const before = attempt === 1 ? "dispatch" : "retry";
		spend(before, one.published_at, { task_id, attempt });
		const end = one.finished_at ?? untilMs;
		const began = beganAt(one, ticket);
		if (!isLast) spend("retry", end, about);
		else if (began !== undefined) {
			spend("queue", began, about);
			spend("running", end, about);
		} else
			spend(one.outcome === "timed_out" ? "unanswered" : "queue", end, about);
	}
	// It ended without a worker: denied, skipped, cancelled.
	spend("dispatch", ticket.finished_at ?? untilMs, { task_id });
}

/** When a worker began with an attempt, by our clock as far as its end is known. */
function beganAt(
	attempt: TimelineAttempt,
	{ started_at }: TimelineTicket,
): number | undefined {
	const { published_at, finished_at } = attempt;
	if (finished_at !== null) return workBegan(attempt);
	const isOfThis = started_at !== null && started_at >= published_at;
	return isOfThis ? started_at : undefined;
}

/** When a worker began with an attempt that has ended, by our clock; undefined: it never did, or did not say. */
export function workBegan({
	finished_at,
	actual_duration_ms,
}: TimelineAttempt): number | undefined {
	return finished_at === null || actual_duration_ms === null
		? undefined
		: finished_at - actual_duration_ms;
}

/** C5, compensation and C6; before C5, tickets that have not ended. */
function walkEnd(
	plan: ToldPlan,
	tickets: readonly TimelineTicket[],
	{ spend, untilMs }: Walk,
): void {
	const c5 = endsOfSteps(plan)("C5");
	if (c5 === undefined) {
		spend(plan.tickets_generated > 0 ? "dispatch" : "steps", untilMs);
		return;
	}
	spend("steps", c5, { step: "C5" });
	const undoing = tickets.filter(
		({ compensates = null, created_at }) =>
			compensates !== null && created_at >= c5,
	);
	const undone = undoing.map(({ finished_at }) => finished_at ?? untilMs);
	spend("compensation", Math.max(0, ...undone));
	spend("steps", untilMs, { step: "C6" });
}

/** From the first to that which ended last; of tickets that a rerun has replaced, the newest. */
function criticalTickets(tickets: readonly TimelineTicket[]): TimelineTicket[] {
	const taskOf = new Map(tickets.map((one) => [one.ticket_id, one.task_id]));
	const newest = new Map<string, TimelineTicket>();
	for (const ticket of tickets) {
		if ((ticket.compensates ?? null) !== null) continue;
		const known = newest.get(ticket.task_id);
		if (known === undefined || known.generation < ticket.generation)
			newest.set(ticket.task_id, ticket);
	}
	const chain = new Set<TimelineTicket>();
	let next = endedLast([...newest.values()]);
	while (next !== undefined && !chain.has(next)) {
		chain.add(next);
		const needs = next.dependencies.map((id) => taskOf.get(id) ?? "");
		next = endedLast(needs.flatMap((id) => newest.get(id) ?? []));
	}
	return [...chain].reverse();
}

/** An open ticket ends later than all others. */
function endedLast(tickets: readonly TimelineTicket[]) {
	const endOf = ({ finished_at }: TimelineTicket) => finished_at ?? Infinity;
	return tickets.reduce<TimelineTicket | undefined>(
		(last, one) =>
			last === undefined || endOf(one) > endOf(last) ? one : last,
		undefined,
	);
}

/** The first step of the newest round; the plan's own beginning if it was never run again. */
export function roundBegan({
	created_at,
	former_rounds,
	steps,
}: ToldPlan): number {
	if (former_rounds === undefined) return created_at;
	return steps.find((step) => !isStepOfPlan(step))?.started_at ?? created_at;
}

/** The end of a plan that has ended; C6 comes after its final status. */
export function planOver({ finished_at, created_at, steps }: ToldPlan): number {
	return Math.max(finished_at ?? created_at, ...steps.map(stepMovedAt));
}

function endsOfSteps({ steps }: ToldPlan) {
	return (name: StepName): number | undefined => {
		const step = steps.find((one) => one.name === name);
		return step === undefined || step.status === "running"
			? undefined
			: (step.ended_at ?? step.started_at + (step.duration_ms ?? 0));
	};
}

function sumUp(path: readonly Stretch[]): SpentTime["spent"] {
	const sums = new Map<Spending, number>();
	for (const { what, from, to } of path)
		sums.set(what, (sums.get(what) ?? 0) + to - from);
	return [...sums]
		.map(([what, ms]) => ({ what, ms }))
		.sort((a, b) => b.ms - a.ms);
}

/** The longest stretches, in their order of time. */
function longest(path: readonly Stretch[], limit: number): Stretch[] {
	const length = ({ from, to }: Stretch) => to - from;
	return path
		.toSorted((a, b) => length(b) - length(a))
		.slice(0, limit)
		.sort((a, b) => a.from - b.from);
}
