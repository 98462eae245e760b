import { nameUuid } from "../ticket-ids.ts";

/**
 * The place of a plan in its trace, from its first moment: the ids of its spans follow from this and from
 * ticket ids, so headers name spans that are made at the plan's end. Ids are lower-case hex.
 */
export interface PlanTrace {
	/** 32 digits. */
	trace_id: string;
	/** Of the plan's own span; 16 digits. */
	span_id: string;
	/** Of the span that handed the decision in; null: the trace begins with the plan. */
	parent_id: string | null;
	/** The plan's spans are exported, whatever becomes of it. */
	sampled: boolean;
	/** They are exported as well when the plan fails or misses its deadline. */
	keep_failed: boolean;
}

/** A span that may be in another process. */
export interface SpanPlace {
	trace_id: string;
	span_id: string;
	sampled: boolean;
}

/** The header that names the span a message or a call comes from. */
export const TRACEPARENT = "traceparent";

/** W3C trace context, of any version; undefined when it is none. */
export function readTraceparent(text = ""): SpanPlace | undefined {
	const [, trace_id = "", span_id = "", flags = ""] =
		/^(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/.exec(
			text.trim(),
		) ?? [];
	if (!isTraceId(trace_id) || /^0*$/.test(span_id)) return undefined;
	return { trace_id, span_id, sampled: Number.parseInt(flags, 16) % 2 === 1 };
}

/** The header of W3C trace context. */
export function traceparentOf({
	trace_id,
	span_id,
	sampled,
}: SpanPlace): string {
	return `00-${trace_id}-${span_id}-${sampled ? "01" : "00"}`;
}

function isTraceId(text: string): boolean {
	return /^[0-9a-f]{32}$/.test(text) && !/^0*$/.test(text);
}

/** The span of one publication of a ticket: the second half of its id on the wire. */
export function attemptSpanId(wireTicketId: string): string {
	return wireTicketId.replaceAll("-", "").slice(16);
}

/** The span of a part of a plan, by the part's name. */
export function partSpanId({ span_id }: { span_id: string }, name: string) {
	return attemptSpanId(nameUuid(`${span_id}/${name}`));
}

/**
 * The trace of a decision that has come: that of the span which handed it in, else the one that it names
 * itself, else a new one. `arrival` tells it from the same decision handed in again.
 */
export function placePlan(
	decision: { plan_id: string; decision_id: string; trace_id: string | null },
	arrival: string,
	parent?: SpanPlace,
): Pick<PlanTrace, "trace_id" | "span_id" | "parent_id"> {
	const { plan_id, decision_id } = decision;
	const name = [plan_id, decision_id].map(encodeURIComponent).join("/");
	const own = decision.trace_id?.toLowerCase() ?? "";
	const fresh = nameUuid(`trace/${name}`).replaceAll("-", "");
	return {
		trace_id: parent?.trace_id ?? (isTraceId(own) ? own : fresh),
		span_id: attemptSpanId(nameUuid(`plan-span/${name}/${arrival}`)),
		parent_id: parent?.span_id ?? null,
	};
}
