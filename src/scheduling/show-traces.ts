import { meanPace, scoreTrace } from "../domain/scheduling/traces.ts";
import type { WorkerSources } from "../registry/ports.ts";
import type { TraceReader } from "./redis-places.ts";

/** Traces of workers as they are now. */
export function createShowTraces(
	reader: TraceReader,
	halfLifeMs: number,
): WorkerSources["readTraces"] {
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
				kinds.map(({ key, trace }) => ({
					// A ticket without capabilities is of its type alone.
					kind: key.replace(/\|$/, ""),
					score: scoreTrace(trace, nowMs, halfLifeMs),
					...{ success: trace.success, failure: trace.failure },
					pace: meanPace(trace),
					at_ms: Math.round(trace.at_ms),
				})),
			]),
		);
	};
}
