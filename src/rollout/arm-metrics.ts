import type { OrchestratorVersion } from "../domain/plan-run.ts";
import type { ArmFigures } from "../domain/rollout/compare-arms.ts";

/** The arms by the words of the system before, which had them in its names. */
const wordOf: Record<OrchestratorVersion, string> = {
	V1: "existing",
	V2: "v2",
};
const versions = ["V1", "V2"] as const;

/** Every name that is told. */
export const armMetricNames: readonly string[] = [
	...(["tasks_total", "success_rate", "avg_duration_seconds"] as const),
].flatMap((name) =>
	["", "v2_", "existing_"].map((arm) => `orchestration_${arm}${name}`),
);

interface Family {
	name: string;
	type: "counter" | "gauge";
	help: string;
	/** undefined: there is nothing to say. */
	valueOf(version: OrchestratorVersion): number | undefined;
}

/**
 * The metrics of the system before, in Prometheus' text format: each with the arm in its name, as its dashboards
 * have it, and with the arm as a label.
 */
export function renderArmMetrics(
	arms: readonly (ArmFigures & { arm: string })[],
	ended: Record<OrchestratorVersion, number>,
): string {
	const of = (version: OrchestratorVersion) =>
		arms.find(({ arm }) => arm === version);
	const families: Family[] = [
		{
			name: "tasks_total",
			type: "counter",
			help: "Plans that ended, since this process began.",
			valueOf: (version) => ended[version],
		},
		{
			name: "success_rate",
			type: "gauge",
			help: "Share of the compared plans of the last 24 hours that succeeded, 0 to 1.",
			valueOf: (version) => of(version)?.success_rate?.value,
		},
		{
			name: "avg_duration_seconds",
			type: "gauge",
			help: "Mean time in which somebody worked on the compared plans of the last 24 hours.",
			valueOf: (version) => {
				const meanMs = of(version)?.duration_ms?.mean.value;
				return meanMs === undefined ? undefined : meanMs / 1_000;
			},
		},
	];
	const texts = families.flatMap((family) => [
		...versions.map((version) =>
			render(`orchestration_${wordOf[version]}_${family.name}`, family, [
				["", family.valueOf(version)],
			]),
		),
		render(
			`orchestration_${family.name}`,
			family,
			versions.map((version) => [
				`{orchestrator_version="${version}"}`,
				family.valueOf(version),
			]),
		),
	]);
	return texts.join("");
}

function render(
	name: string,
	{ type, help }: Pick<Family, "type" | "help">,
	series: readonly (readonly [labels: string, value: number | undefined])[],
): string {
	const lines = series.flatMap(([labels, value]) =>
		value === undefined ? [] : [`${name}${labels} ${value}\n`],
	);
	if (lines.length === 0) return "";
	return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}
