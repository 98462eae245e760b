import { readFileSync } from "node:fs";

/** How the service fares, by its own metrics. */
export interface Vitals {
	requests: number;
	residentMb: number;
	heapMb: number;
}

const MB = 1_048_576;
/** What caches that are still filling may add; a leak of 3 kB a request is more within 10,000 requests. */
const HEAP_GROWTH_MB = 24;
const RESIDENT_GROWTH_MB = 64;

export async function readVitals(address: string): Promise<Vitals> {
	const text = await (await fetch(`${address}/metrics`)).text();
	const sum = (name: string) =>
		[...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))]
			.map(([, value]) => Number(value))
			.reduce((total, value) => total + value, 0);
	return {
		requests: sum("orchestration_http_request_duration_seconds_count"),
		residentMb: Math.round(sum("process_resident_memory_bytes") / MB),
		heapMb: Math.round(sum("nodejs_heap_size_used_bytes") / MB),
	};
}

/**
 * Whether memory stayed flat once the process was warm: after the first round. One round alone says
 * nothing, which is no yes.
 */
export function isFlat(rounds: readonly Vitals[]): boolean {
	const [, warm, ...later] = rounds;
	const last = later.at(-1);
	if (warm === undefined || last === undefined) return false;
	return (
		last.heapMb - warm.heapMb <= HEAP_GROWTH_MB &&
		last.residentMb - warm.residentMb <= RESIDENT_GROWTH_MB
	);
}

const FAULT =
	/unhandled|uncaught|"level":"fatal"|request failed|answered with an error/i;
/** While the service starts it is not ready, and says so with 503. */
const PROBE = /"url":"\/(ready|health)/;
/** How many lines like earlier ones were left out: the first of them are there. */
const THINNED = /so many more like this were not written"/;

/** Lines of the log that tell of a fault of ours: unhandled, 5xx, fatal. */
export function findFaults(logFile: string): string[] {
	return readFileSync(logFile, "utf8")
		.split("\n")
		.filter(
			(line) => FAULT.test(line) && !PROBE.test(line) && !THINNED.test(line),
		);
}
