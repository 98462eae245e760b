import { readSelectors, type Selector } from "../../helm/promql.ts";
import type { PlacedQuery } from "../../helm/queries.ts";
import {
	type CatalogueEntry,
	metricCatalogue,
} from "../../src/telemetry/catalogue.ts";

/** Labels that a scrape, rules and Kubernetes add, and the bucket of a histogram. */
const added = new Set(
	"job instance namespace pod container service le alertname alertstate severity".split(
		" ",
	),
);
/** Metrics of Prometheus about its targets and rules. */
const ofPrometheus = /^(up|scrape_\w+|ALERTS|ALERTS_FOR_STATE)$/;
const parts = /_(bucket|sum|count)$/;
const counting = new Set(["rate", "irate", "increase", "resets"]);
const catalogue = new Map(
	metricCatalogue().map((metric) => [metric.name, metric]),
);

/** The metric that a name in a query belongs to. */
export function metricOf(name: string): CatalogueEntry | undefined {
	const own = catalogue.get(name);
	if (own !== undefined && own.type !== "histogram") return own;
	const family = catalogue.get(name.replace(parts, ""));
	const isPart = parts.test(name) && family?.type === "histogram";
	return isPart ? family : undefined;
}

/** What is wrong with a query, in sentences. */
export function findFaults({ place, expr }: PlacedQuery): string[] {
	const tell = (fault: string) => `${place}: ${fault} in ${expr}`;
	try {
		const selectors = readSelectors(expr);
		return [...selectors.flatMap(faultsOf), ...groupFaults(selectors)].map(
			tell,
		);
	} catch (error) {
		return [tell(error instanceof Error ? error.message : String(error))];
	}
}

function faultsOf({ metric: name, labels, within }: Selector): string[] {
	const metric = metricOf(name);
	if (metric === undefined)
		return ofPrometheus.test(name) ? [] : [`${name} is not declared`];
	const counted = within.find((one) => counting.has(one));
	return [
		...(counted !== undefined && metric.type === "gauge"
			? [`${counted}() of gauge ${name}`]
			: []),
		...labels.flatMap(({ name: label, operator, value }) => {
			if (added.has(label)) return [];
			const values = metric.labels[label];
			if (values === undefined) return [`${name} has no label ${label}`];
			if (values === "ours" || fits([...values, "other"], operator, value))
				return [];
			return [`${label} of ${name} is never ${value}`];
		}),
	];
}

/** A label that a result is grouped by must be one of a metric in the query. */
function groupFaults(selectors: readonly Selector[]): string[] {
	const labels = new Set(selectors.flatMap(({ groupedBy }) => groupedBy));
	const known = selectors.map(({ metric }) => metricOf(metric)?.labels);
	return [...labels]
		.filter((label) => !added.has(label))
		.filter((label) => !known.some((own) => own && label in own))
		.map((label) => `no metric has the label ${label}`);
}

/** Every alternative of a matcher must be a value that the label can have; Grafana fills in what begins with $. */
function fits(values: string[], operator: string, value: string): boolean {
	if (value.includes("$") || value === "") return true;
	if (!operator.endsWith("~")) return values.includes(value);
	return value
		.split("|")
		.every((part) =>
			values.some((known) => new RegExp(`^(?:${part})$`).test(known)),
		);
}
