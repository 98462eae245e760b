import { type OpenMetricsContentType, Registry } from "prom-client";
import { type MetricOf, openMetric } from "./declare.ts";
import { deadlineMetrics } from "./declared/deadlines.ts";
import { featureMetrics } from "./declared/features.ts";
import { messageMetrics } from "./declared/messages.ts";
import { planMetrics } from "./declared/plans.ts";
import { policyMetrics } from "./declared/policies.ts";
import { predictionMetrics } from "./declared/prediction.ts";
import { releaseMetrics } from "./declared/releases.ts";
import { rolloutMetrics } from "./declared/rollout.ts";
import { schedulingMetrics } from "./declared/scheduling.ts";
import { serviceMetrics } from "./declared/service.ts";
import { storeMetrics } from "./declared/stores.ts";
import { ticketMetrics } from "./declared/tickets.ts";
import { collectNodeMetrics } from "./node-metrics.ts";

const END = "# EOF\n";

/** Every metric of the service. Names are an interface: dashboards and alerts read them. */
export const declaredMetrics = {
	...planMetrics,
	...ticketMetrics,
	...schedulingMetrics,
	...policyMetrics,
	...deadlineMetrics,
	...predictionMetrics,
	...releaseMetrics,
	...featureMetrics,
	...messageMetrics,
	...storeMetrics,
	...rolloutMetrics,
	...serviceMetrics,
};

type Opened = {
	[K in keyof typeof declaredMetrics]: MetricOf<(typeof declaredMetrics)[K]>;
};

export interface Metrics extends Opened {
	registry: Registry<OpenMetricsContentType>;
	/** Adds metrics that others keep, as lines of OpenMetrics; what it cannot read is left out. */
	alsoShow(read: () => Promise<string>): void;
	/** What `/metrics` answers. */
	scrape(): Promise<{ contentType: string; text: string }>;
}

/** The metrics of one process, with those of Node. Without `counts` only gauges move. */
export function createMetrics({ counts = true } = {}): Metrics {
	// prom-client cannot change the format later: examples of traces need this one.
	const registry = new Registry<OpenMetricsContentType>();
	registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
	if (counts) collectNodeMetrics(registry);
	const opened = Object.fromEntries(
		Object.entries(declaredMetrics).map(([key, declared]) => [
			key,
			openMetric(declared, registry, counts),
		]),
	) as unknown as Opened;
	const others: (() => Promise<string>)[] = [];
	let busySeconds = 0;

	function countBusyTime(): void {
		const { active } = performance.eventLoopUtilization();
		opened.eventLoopBusySeconds.inc(active / 1_000 - busySeconds);
		busySeconds = active / 1_000;
	}

	return {
		...opened,
		registry,
		alsoShow: (read) => void others.push(read),
		async scrape() {
			countBusyTime();
			const own = await registry.metrics();
			const texts = await Promise.all(
				others.map((read) => read().catch(() => "")),
			);
			return {
				contentType: registry.contentType,
				text: own.slice(0, -END.length) + texts.join("") + END,
			};
		},
	};
}
