import { scoreTrace, type Trace } from "../domain/scheduling/traces.ts";

/** What outcomes of one kind of ticket left on a worker. */
export interface ShownTrace {
	/** Task type and capability set. */
	kind: string;
	/** 0 to 1, 0.5 for nothing known. */
	score: number;
	success: number;
	failure: number;
	/** Of the newest outcome, Unix epoch, ms. */
	at_ms: number;
}

/** Traces of workers as they are now, by agent; undefined: they are off, or nobody knows them now. Never throws. */
export type ShowTraces = (
	agentIds: readonly string[],
) => Promise<ReadonlyMap<string, ShownTrace[]> | undefined>;

export function createShowTraces(
	reader: {
		readTraces(
			agentIds: readonly string[],
		): Promise<
			ReadonlyMap<string, { key: string; trace: Trace }[]> | undefined
		>;
	},
	halfLifeMs: number,
): ShowTraces {
	return async (agentIds) => {
		if (agentIds.length === 0) return new Map();
		const traces = await reader
			.readTraces(agentIds)
			// A worker is shown without them.
			.catch(() => undefined);
		if (traces === undefined) return undefined;
		const nowMs = Date.now();
		return new Map(
			[...traces].map(([agent, kinds]) => [
				agent,
				kinds.map(({ key: kind, trace }) => ({
					kind,
					score: scoreTrace(trace, nowMs, halfLifeMs),
					...{ success: trace.success, failure: trace.failure },
					at_ms: Math.round(trace.at_ms),
				})),
			]),
		);
	};
}
