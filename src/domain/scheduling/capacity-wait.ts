import type { LossReason } from "./eligibility.ts";

/** Why a ticket waits for a worker. */
export interface CapacityWait {
	/** `nobody`: no worker fits; `paused`: those that fit, or its task type, are held back; `full`: their places are taken. */
	reason: "nobody" | "paused" | "full";
	/** What it needs of its worker. */
	capabilities: readonly string[];
	/** Workers that fit, and how many of them are full. */
	able: number;
	full: number;
	/**
	 * How many workers have the capabilities and still do not fit, by reason; absent when its task type is held back, and
	 * in waits of earlier releases.
	 */
	unfit?: Readonly<Unfit>;
}

type Unfit = Partial<Record<keyof typeof unfitTexts, number>>;

const unfitTexts = {
	namespace: "of another namespace",
	security_level: "below its security level",
	status: "not well",
	paused: "held back",
} as const satisfies Partial<Record<LossReason, string>>;

/** Of the losses of a choice those that are no lack of capabilities; nobody who fits was there. */
export function unfitOf(
	losses: Readonly<Partial<Record<LossReason, number>>>,
): Unfit {
	const unfit: Unfit = {};
	for (const reason of Object.keys(unfitTexts) as (keyof Unfit)[]) {
		const count = losses[reason];
		if (count !== undefined) unfit[reason] = count;
	}
	return unfit;
}

/** A sentence for people: what would end the wait. */
export function describeWait({
	reason,
	capabilities,
	able,
	full,
	unfit,
}: CapacityWait): string {
	const needs =
		capabilities.length === 0
			? "a worker"
			: `a worker with ${capabilities.join(", ")}`;
	if (reason === "full")
		return `a free place with ${needs}: ${able} fit, ${full} of them are full`;
	const having = unfit && `: ${describeUnfit(unfit)}`;
	if (reason === "paused")
		return having === undefined
			? `a resume: ${needs}, or the ticket's task type, is held back`
			: `a resume of ${needs}${having}`;
	return `${needs}${having ?? ": nobody who is well fits"}`;
}

function describeUnfit(unfit: Readonly<Unfit>): string {
	const counts = Object.entries(unfit) as [keyof Unfit, number][];
	const total = counts.reduce((sum, [, count]) => sum + count, 0);
	if (total === 0) return "nobody has that";
	const texts = counts.map(
		([reason, count]) => `${count} ${unfitTexts[reason]}`,
	);
	return `${total} have that, and none may take the ticket: ${texts.join(", ")}`;
}

/** A ticket of the plan that waits for a worker, by its position. Times are Unix epoch, ms. */
export interface WaitingTicket {
	ticket: number;
	sinceMs: number;
	wait: CapacityWait;
}

/** The plan's tickets that wait for workers; they are tried again together. */
export interface CapacityWaits {
	tickets: WaitingTicket[];
	tries: number;
	nextAtMs: number;
	/** The newest result by then: another one may have freed a place. */
	receiptAtMs: number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 5_000;

/** The waits after a dispatch: who waits now, who waited before and was not asked for, and when to try again. */
export function renewWaits(
	before: CapacityWaits | undefined,
	{
		tried,
		waiting,
		receiptAtMs,
		nowMs,
	}: {
		tried: ReadonlySet<number>;
		waiting: readonly { ticket: number; wait: CapacityWait }[];
		receiptAtMs: number;
		nowMs: number;
	},
): CapacityWaits | undefined {
	const since = new Map(
		before?.tickets.map(({ ticket, sinceMs }) => [ticket, sinceMs]),
	);
	const tickets = [
		...(before?.tickets.filter(({ ticket }) => !tried.has(ticket)) ?? []),
		...waiting.map(({ ticket, wait }) => ({
			ticket,
			sinceMs: since.get(ticket) ?? nowMs,
			wait,
		})),
	];
	if (tickets.length === 0) return undefined;
	const isStuck = waiting.length === tried.size;
	const tries = isStuck ? (before?.tries ?? 0) + 1 : 0;
	const waitMs = Math.min(FIRST_WAIT_MS * 2 ** tries, LONGEST_WAIT_MS);
	return { tickets, tries, nextAtMs: nowMs + waitMs, receiptAtMs };
}
