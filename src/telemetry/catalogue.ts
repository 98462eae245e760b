import { Registry } from "prom-client";
import type { LabelValues, MetricType } from "./declare.ts";
import { sdkLabels, sdkMetrics } from "./declared/temporal.ts";
import { declaredMetrics } from "./metrics.ts";
import { collectNodeMetrics } from "./node-metrics.ts";

/** What dashboards, alerts and documents may ask for. */
export interface CatalogueEntry {
	type: MetricType;
	name: string;
	help: string;
	labels: Readonly<Record<string, LabelValues>>;
	/** Who keeps it: this service, the Temporal SDK, or Node. */
	from: "service" | "temporal" | "node";
}

/** Every metric of the service, and those of the Temporal SDK and of Node beside them. */
export function metricCatalogue(): CatalogueEntry[] {
	return [
		...Object.values(declaredMetrics).map(
			({ type, name, help, labels }): CatalogueEntry => ({
				type,
				name,
				help,
				labels,
				from: "service",
			}),
		),
		...sdkMetrics.map(
			({ labels, ...metric }): CatalogueEntry => ({
				...metric,
				labels: sdkLabels(labels),
				from: "temporal",
			}),
		),
		...nodeMetrics(),
	];
}

function nodeMetrics(): CatalogueEntry[] {
	const registry = new Registry();
	collectNodeMetrics(registry);
	return registry.getMetricsAsArray().map((metric) => {
		const { name, help, type, labelNames } = metric as unknown as {
			name: string;
			help: string;
			type: MetricType;
			labelNames: string[];
		};
		return { name, help, type, labels: sdkLabels(labelNames), from: "node" };
	});
}
