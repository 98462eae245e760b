import type { TraceTerms } from "./traces.ts";
import type { Candidates } from "./worker-index.ts";

/** What is believed before any ticket has ended counts as so many: a worker's telemetry, and that the model is right. */
const PRIOR_WEIGHT = 2;

/** How long each takes for each ms that is expected of a ticket. */
interface Paces {
	/** By position in the candidates. */
	each: Float64Array;
	fastest: number;
}

export type PacesFor = (
	found: Candidates,
	ticket: { predictedMs?: number | undefined; traces?: TraceTerms | undefined },
) => Paces;

/** Thousands of workers: worked out once for tickets of one kind. */
export function rememberPaces(): PacesFor {
	const known = new Map<Candidates, Map<TraceTerms | undefined, Paces>>();
	return (found, ticket) => {
		// Outcomes are held against predictions, so they say nothing of estimates.
		const traces = ticket.predictedMs === undefined ? undefined : ticket.traces;
		const byTraces = known.get(found) ?? new Map();
		known.set(found, byTraces);
		const before = byTraces.get(traces);
		if (before !== undefined) return before;
		const bias = biasOf(traces, found);
		const each = found.slowness.map((slowness, at) =>
			paceOf(
				traces,
				found.positions[at] as number,
				bias * (slowness / found.typicalSlowness),
			),
		);
		const fastest = each.reduce((a, b) => Math.min(a, b), Infinity);
		const paces = { each, fastest };
		byTraces.set(traces, paces);
		return paces;
	};
}

/**
 * How many times as long as predicted their tickets take beyond what telemetry says of these workers: the model is wrong
 * about the kind. Without it a worker that has ended none would seem faster or slower than its equals.
 */
function biasOf(terms: TraceTerms | undefined, found: Candidates): number {
	if (terms === undefined) return 1;
	let sum = 0;
	let weight = PRIOR_WEIGHT;
	found.positions.forEach((position, at) => {
		const paced = terms.paced[position];
		if (!paced) return;
		const expected = (found.slowness[at] as number) / found.typicalSlowness;
		sum += (terms.pace[position] as number) - paced * Math.log(expected);
		weight += paced;
	});
	return Math.exp(sum / weight);
}

/**
 * How long the worker takes for each ms that is predicted, by the tickets that it ended. `expected`: the same by its
 * telemetry. Its mean time says little where it gets the long tickets because it is fast.
 */
export function paceOf(
	terms: TraceTerms | undefined,
	position: number,
	expected: number,
): number {
	const paced = terms?.paced[position] as number | undefined;
	if (terms === undefined || !paced) return expected;
	const pace = terms.pace[position] as number;
	return Math.exp(
		(pace + PRIOR_WEIGHT * Math.log(expected)) / (paced + PRIOR_WEIGHT),
	);
}
