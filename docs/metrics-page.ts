import {
	type CatalogueEntry,
	metricCatalogue,
} from "../src/telemetry/catalogue.ts";

const sections: Record<CatalogueEntry["from"], string> = {
	service: "Of the service",
	temporal: "Of the Temporal SDK, in processes of role `worker`",
	node: "Of Node, in every process",
};

const head = `# Metrics

Made by \`npm run docs\` from \`src/telemetry/declared/\`; do not edit.

Every process serves \`/metrics\` in the format of OpenMetrics; which series move depends on its roles. Names and labels are an interface:
[tests](../test/telemetry/uses.test.ts) hold dashboards, alerts and documents to them. A label with listed values is \`other\` for anything
else, and every other label takes at most 300 values: nothing from outside makes series without bound. A counter with few series has them
all from the start, at 0. Histograms that know an exported trace show its id as an exemplar (\`trace_id\`). A gauge
of what is looked at from time to time, such as the open plans, is not there before the first look: what is missing is not known, and not 0.

| Target of the old document | Expression |
| --- | --- |
| plans within SLA, at least 99 % | \`min(orchestration_sla_compliance_ratio)\` |
| tickets that go out while a burst is on, below 5 % a day | \`sum(increase(orchestration_burst_capacity_tickets_total[1d])) / sum(increase(orchestration_scheduler_allocations_total[1d]))\` |
| reprocessed, below 1.5 % | \`sum(increase(orchestration_retries_total[1d])) / sum(increase(orchestration_tickets_published_total[1d]))\` |
| audit discrepancies, none | \`sum(increase(orchestration_audit_verifications_total{result="discrepancy"}[1d]))\` |
`;

/** docs/metrics.md: every metric with its labels. */
export function metricsPage(): string {
	const all = metricCatalogue();
	const tables = Object.entries(sections).map(([from, title]) => {
		const rows = all
			.filter((metric) => metric.from === from)
			.map(
				({ name, type, labels, help }) =>
					`| \`${name}\` | ${type} | ${describe(labels)} | ${help} |`,
			);
		return [
			`## ${title}`,
			"",
			"| Name | Type | Labels | Meaning |",
			"| --- | --- | --- | --- |",
			...rows,
			"",
		].join("\n");
	});
	return [head, ...tables].join("\n");
}

/** More values than these are not listed. */
const MAX_LISTED = 13;

function describe(labels: CatalogueEntry["labels"]): string {
	return Object.entries(labels)
		.map(([name, values]) =>
			values === "ours" || values.length > MAX_LISTED
				? `\`${name}\``
				: `\`${name}\` (${values.join(", ")})`,
		)
		.join("; ");
}
