import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createMetrics } from "../src/telemetry/metrics.ts";
import type { BenchWorld } from "./bench-world.ts";
import { turnEverythingOn } from "./everything-on.ts";
import { fillMetrics } from "./fill-metrics.ts";
import { measurePairs, pairedRatios } from "./pairs.ts";
import { roleNames } from "./service.ts";
import { percentile, round } from "./statistics.ts";

const SAMPLED = "0.1";
const SCRAPES = 50;

/** What it costs to count, and to count and trace: time a plan, to a service that does neither. */
export async function measureObservability(world: BenchWorld) {
	const { scale, say } = world;
	const rivalEnv = { METRICS_ENABLED: "false" };
	const amounts = {
		pairs: scale.observabilityPairs,
		turnSeconds: scale.observabilitySeconds,
	};
	const rival = await world.openRival({ env: rivalEnv });
	for (const side of [world, rival]) await turnEverythingOn(side);
	say("observability: metrics, to none");
	const metrics = await measurePairs(world, rival, amounts);
	const receiver = await openReceiver();
	const env = {
		OTEL_ENABLED: "true",
		OTEL_EXPORTER_OTLP_ENDPOINT: receiver.address,
		OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
		OTEL_TRACES_SAMPLER_ARG: SAMPLED,
	};
	for (const role of roleNames) await world.service.restart(role, { env });
	say("observability: metrics and traces, to none");
	const both = await measurePairs(world, rival, amounts);
	await receiver.close();
	const time = pairedRatios(metrics, "time a plan, ms");
	const timeOfBoth = pairedRatios(both, "time a plan, ms");
	const scrape = await measureScrape();
	return {
		metrics: { time, cpu: pairedRatios(metrics, "our CPU a plan, ms") },
		both: { time: timeOfBoth, cpu: pairedRatios(both, "our CPU a plan, ms") },
		tracesReceived: receiver.received(),
		scrape,
		ratios: {
			observability_metrics: time.median,
			observability_traces: timeOfBoth.median,
		},
		figures: { scrape_p95_ms: scrape.p95Ms, scrape_series: scrape.series },
	};
}

/** After 10,000 plans with 200 task types and 500 workers. */
async function measureScrape() {
	const metrics = createMetrics();
	fillMetrics(metrics);
	// The compiler has done its first work before anything is measured.
	for (let count = 0; count < SCRAPES; count += 1) await metrics.scrape();
	const times: number[] = [];
	let series = 0;
	for (let count = 0; count < SCRAPES; count += 1) {
		const startMs = performance.now();
		const { text } = await metrics.scrape();
		times.push(performance.now() - startMs);
		series = countSeries(text);
	}
	return { series, p95Ms: round(percentile(times, 0.95)) };
}

export function countSeries(text: string): number {
	return text.split("\n").filter((line) => /^[a-z]/.test(line)).length;
}

/** Takes spans as an OTLP receiver does, and forgets them. */
async function openReceiver() {
	let bytes = 0;
	const server = createServer((request, response) => {
		request.on("data", (part: Buffer) => {
			bytes += part.length;
		});
		request.on("end", () => response.end());
	});
	await new Promise<void>((resolve) =>
		server.listen({ host: "127.0.0.1", port: 0 }, resolve),
	);
	const { port } = server.address() as AddressInfo;
	return {
		address: `http://127.0.0.1:${port}`,
		/** Bytes. */
		received: () => bytes,
		close: async () => void server.close(),
	};
}
