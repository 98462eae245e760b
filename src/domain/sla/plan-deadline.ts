import type { TicketSpec } from "../generate-tickets.ts";
import { LAST_TIMESTAMP_MS } from "../timestamps.ts";
import type { PlanDeadline } from "./sla-terms.ts";

/** Name of the field of a decision's metadata, and of the REST body of the earlier service. */
export const DEADLINE_FIELD = "sla_deadline_seconds";

/** Ten years: whoever promises more promises nothing. */
const MAX_SECONDS = 10 * 365 * 86_400;

/**
 * How long a plan may take by its decision, ms; null: it names no time; undefined: what it names is no number of
 * seconds above zero.
 */
export function promisedMs(
	metadata: Readonly<Record<string, string>>,
): number | null | undefined {
	const text = metadata[DEADLINE_FIELD]?.trim();
	if (text === undefined || text === "") return null;
	const seconds = Number(text);
	return seconds > 0 && seconds <= MAX_SECONDS
		? Math.ceil(seconds * 1000)
		: undefined;
}

/** The plan's deadline: what its decision promises from its start, else the end of its longest path. */
export function planDeadline(
	promised_ms: number | null,
	specs: readonly Pick<TicketSpec, "deadline">[],
	startedAtMs: number,
): PlanDeadline {
	if (promised_ms === null)
		return {
			deadline: latestDeadline(specs) ?? startedAtMs,
			source: "longest-path",
		};
	const deadline = Math.min(startedAtMs + promised_ms, LAST_TIMESTAMP_MS);
	return { deadline, source: "decision" };
}

/** The latest deadline of a ticket; null when there are none. Unix epoch, ms. */
function latestDeadline(
	specs: readonly Pick<TicketSpec, "deadline">[],
): number | null {
	return specs.reduce<number | null>(
		(latest, { deadline }) => Math.max(latest ?? 0, deadline),
		null,
	);
}
