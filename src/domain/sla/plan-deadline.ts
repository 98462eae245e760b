import type { TicketSpec } from "../generate-tickets.ts";
import { LAST_TIMESTAMP_MS } from "../timestamps.ts";

/** The promise of a plan. Times are Unix epoch, ms. */
export interface PlanDeadline {
	deadline: number;
	/** `decision`: its metadata or the REST body named a time; `longest-path`: the latest deadline of a ticket. */
	source: "decision" | "longest-path";
}

/** Name of the field of a decision's metadata, and of the REST body of the earlier service. */
export const DEADLINE_FIELD = "sla_deadline_seconds";

/** Ten years: whoever promises more promises nothing. */
const MAX_SECONDS = 10 * 365 * 86_400;

/**
 * The seconds that a decision promises; null: it names none; undefined: what it names is no number of seconds
 * above zero.
 */
export function promisedSeconds(
	metadata: Readonly<Record<string, string>>,
): number | null | undefined {
	const text = metadata[DEADLINE_FIELD]?.trim();
	if (text === undefined || text === "") return null;
	const seconds = Number(text);
	return seconds > 0 && seconds <= MAX_SECONDS ? seconds : undefined;
}

/** The plan's deadline at C2: what its decision promises from now on, else the end of its longest path. */
export function planDeadline(
	metadata: Readonly<Record<string, string>>,
	specs: readonly Pick<TicketSpec, "deadline">[],
	startedAtMs: number,
): PlanDeadline {
	const seconds = promisedSeconds(metadata);
	if (typeof seconds === "number")
		return {
			deadline: Math.min(
				startedAtMs + Math.round(seconds * 1000),
				LAST_TIMESTAMP_MS,
			),
			source: "decision",
		};
	return {
		deadline: latestDeadline(specs) ?? startedAtMs,
		source: "longest-path",
	};
}

/** The latest deadline of a ticket; null when there are none. Unix epoch, ms. */
export function latestDeadline(
	specs: readonly Pick<TicketSpec, "deadline">[],
): number | null {
	return specs.reduce<number | null>(
		(latest, { deadline }) => Math.max(latest ?? 0, deadline),
		null,
	);
}
