import {
	type AnnotationQuery,
	type Dashboard,
	DashboardCursorSync,
	FieldColorModeId,
	type Panel as GrafanaPanel,
	MappingType,
	type RowPanel,
	SpecialValueMatch,
	type Threshold,
	ThresholdsMode,
	type ValueMapping,
	type VariableModel,
	VariableRefresh,
	VariableSort,
} from "@grafana/schema";
import { withMatcher } from "../promql.ts";
import {
	NO_DATA,
	NOTHING_NOW,
	type Panel,
	units,
	type Dashboard as Written,
} from "./read-dashboard.ts";

const source = { type: "prometheus", uid: "$datasource" };
/** Every query is of one installation: several may lie in one Prometheus. */
const OF_JOB = 'job=~"$job"';
const COLUMNS = 24;
/** Grafana's version of the format. */
const SCHEMA_VERSION = 42;
const TAG = "orchestrator";

/** A dashboard as Grafana provisions it. */
export function toGrafana(spec: Written): Dashboard {
	return {
		uid: spec.uid,
		title: spec.title,
		description: spec.about,
		tags: ["neural-hive", TAG],
		schemaVersion: SCHEMA_VERSION,
		editable: false,
		graphTooltip: DashboardCursorSync.Crosshair,
		refresh: "30s",
		time: { from: "now-1h", to: "now" },
		timezone: "browser",
		links: [...apiLinks.map(toLink), otherDashboards],
		templating: { list: toVariables(spec) },
		annotations: { list: annotations.map(toAnnotation) },
		panels: layOut(spec.rows),
	};
}

/** The same as text, a panel a line. */
export function toJson(written: Written): string {
	const { panels = [], ...head } = toGrafana(written);
	const lines = panels.map((panel) => `\t\t${JSON.stringify(panel)}`);
	const rest = JSON.stringify(head, null, "\t").slice(0, -"\n}".length);
	return `${rest},\n\t"panels": [\n${lines.join(",\n")}\n\t]\n}\n`;
}

/** What every dashboard marks on the line of time. */
export const annotations = [
	{
		name: "Release",
		iconColor: "blue",
		query:
			"count by (version, deployment_variant) (orchestration_build_info) unless count by (version, deployment_variant) (orchestration_build_info offset 5m)",
		says: "version {{version}} {{deployment_variant}} begins",
	},
	{
		name: "Incident",
		iconColor: "red",
		query:
			'sum by (incident_type) (increase(orchestration_incident_publish_total{status="published"}[1m])) > 0',
		says: "incident {{incident_type}}",
	},
	{
		name: "Alert",
		iconColor: "orange",
		query: 'count by (alertname, severity) (ALERTS{alertstate="firing"})',
		says: "{{severity}}: {{alertname}}",
	},
];

function toAnnotation({
	name,
	iconColor,
	query,
	says,
}: (typeof annotations)[number]): AnnotationQuery {
	const expr = withMatcher(query, OF_JOB);
	return {
		...{ name, iconColor, datasource: source, enable: true },
		// Grafana keeps these fields; its types know only the target's.
		...{ expr, titleFormat: says, step: "60s" },
	};
}

/** Lists and single plans of our API, opened beside the dashboard. */
const apiLinks = [
	["Plans that failed", "/plans?status=FAILED", "The newest first."],
	[
		"Plans that stand still",
		"/plans?open=true&sort=progress&order=asc",
		"Longest without progress.",
	],
	["Least slack", "/plans?status=RUNNING&sort=slack", "Nearest to late."],
	["This plan", "/plans/$plan_id", "The plan named above: its status."],
	["Why it waits", "/plans/$plan_id/why", "What it waits for, since when."],
	["Its timeline", "/plans/$plan_id/timeline", "What happened to it."],
] as const;

function toLink([title, path, tooltip]: (typeof apiLinks)[number]) {
	const url = `$service_url/api/v1${path}`;
	const opened = { targetBlank: true, includeVars: false, keepTime: false };
	return {
		...{ title, url, tooltip, ...opened },
		...{ type: "link" as const, icon: "external link", asDropdown: false },
		tags: [],
	};
}

const otherDashboards = {
	...{ title: "Other dashboards", type: "dashboards" as const, icon: "apps" },
	...{ asDropdown: true, includeVars: true, keepTime: true },
	...{ targetBlank: false, tags: [TAG], tooltip: "" },
};

function toVariables({ choices = {} }: Written): VariableModel[] {
	const text = (name: string, label: string, value: string): VariableModel => ({
		...{ name, label, type: "textbox", query: value },
		current: { text: value, value },
	});
	return [
		{
			name: "datasource",
			label: "Prometheus",
			type: "datasource",
			query: "prometheus",
		},
		toChoice("job", "orchestration_build_info"),
		...Object.entries(choices).map(([label, metric]) =>
			toChoice(label, metric, OF_JOB),
		),
		text("service_url", "Service", "http://127.0.0.1:8080"),
		text("plan_id", "Plan", ""),
	];
}

function toChoice(label: string, metric: string, matcher = ""): VariableModel {
	const series = matcher === "" ? metric : `${metric}{${matcher}}`;
	return {
		...{ name: label, label, type: "query", datasource: source },
		query: `label_values(${series}, ${label})`,
		...{ multi: true, includeAll: true, allValue: ".*" },
		current: { text: "All", value: "$__all" },
		refresh: VariableRefresh.onTimeRangeChanged,
		sort: VariableSort.alphabeticalAsc,
	};
}

/** Numbers first, then pictures; each line is shared out evenly. A heading stands above each row. */
function layOut(rows: Written["rows"]): (GrafanaPanel | RowPanel)[] {
	const laid: (GrafanaPanel | RowPanel)[] = [];
	let y = 0;
	for (const { title, panels } of rows) {
		laid.push(toHeading(title, laid.length + 1, y));
		y += 1;
		for (const line of splitIntoLines(panels)) {
			const w = Math.floor(COLUMNS / line.length);
			const h = line[0]?.kind === "stat" ? 4 : 8;
			for (const [at, panel] of line.entries())
				laid.push(toPanel(panel, laid.length + 1, { x: at * w, y, w, h }));
			y += h;
		}
	}
	return laid;
}

function toHeading(title: string, id: number, y: number): RowPanel {
	const gridPos = { x: 0, y, w: COLUMNS, h: 1 };
	return { id, type: "row", title, collapsed: false, gridPos, panels: [] };
}

function splitIntoLines(panels: readonly Panel[]): Panel[][] {
	const numbers = panels.filter(({ kind }) => kind === "stat");
	const pictures = panels.filter(({ kind }) => kind !== "stat");
	return [...splitEvenly(numbers, 6), ...splitEvenly(pictures, 3)];
}

function splitEvenly(panels: readonly Panel[], most: number): Panel[][] {
	const size = Math.ceil(panels.length / Math.ceil(panels.length / most));
	return Array.from({ length: Math.ceil(panels.length / size) || 0 }, (_, at) =>
		panels.slice(at * size, (at + 1) * size),
	);
}

function toPanel(
	panel: Panel,
	id: number,
	gridPos: NonNullable<GrafanaPanel["gridPos"]>,
): GrafanaPanel {
	const { kind, title, unit, shows, todo, empty, canBeRed, limits } = panel;
	const isThen = kind === "lines";
	const mode =
		limits === undefined || isThen
			? FieldColorModeId.PaletteClassicByName
			: FieldColorModeId.Thresholds;
	return {
		...{ id, gridPos, title, datasource: source, ...looks[kind] },
		description: `${shows}\n\n**${canBeRed ? "When it is red" : "What to do"}:** ${todo}`,
		fieldConfig: {
			defaults: {
				...{ unit: units[unit], noValue: empty, color: { mode } },
				...(unit === "share" && { min: 0 }),
				thresholds: { mode: ThresholdsMode.Absolute, steps: toSteps(panel) },
				mappings: toMappings(panel),
				...(isThen && { custom: lineStyle(limits !== undefined) }),
			},
			overrides: [],
		},
		targets: Object.entries(panel.queries).map(([legend, query], index) => ({
			refId: String.fromCharCode("A".charCodeAt(0) + index),
			datasource: source,
			expr: withMatcher(query, OF_JOB),
			legendFormat: legend,
			...(kind === "table" && { format: "table" }),
			// A number has its course behind it.
			...(isThen || kind === "stat" ? { range: true } : { instant: true }),
		})),
	};
}

const reduceOptions = { calcs: ["lastNotNull"], fields: "", values: false };

/** How each kind is drawn. */
const looks = {
	stat: {
		type: "stat",
		options: { colorMode: "background", graphMode: "area", reduceOptions },
	},
	lines: {
		type: "timeseries",
		options: {
			legend: { displayMode: "list", placement: "bottom", showLegend: true },
			tooltip: { mode: "multi", sort: "desc" },
		},
	},
	bars: {
		type: "bargauge",
		options: {
			...{ displayMode: "basic", orientation: "horizontal" },
			reduceOptions,
		},
	},
	table: {
		type: "table",
		options: { sortBy: [{ displayName: "Value", desc: true }] },
	},
} satisfies Record<Panel["kind"], Partial<GrafanaPanel>>;

/** Where lines have limits, these are drawn too. */
function lineStyle(hasLimits: boolean) {
	const thresholdsStyle = { mode: hasLimits ? "dashed" : "off" };
	return { fillOpacity: 8, lineWidth: 2, spanNulls: false, thresholdsStyle };
}

/** Colours from the lowest value up, each from its value on. */
function toSteps({ limits }: Panel): Threshold[] {
	if (limits === undefined) return [{ color: "blue", value: null }];
	const { yellow, red, bad } = limits;
	const step = (color: string, value: number | null | undefined) =>
		value === undefined ? [] : [{ color, value }];
	return bad === "below"
		? [
				...step("red", null),
				...(yellow === undefined ? [] : step("yellow", red)),
				...step("green", yellow ?? red),
			]
		: [...step("green", null), ...step("yellow", yellow), ...step("red", red)];
}

/** Words for numbers; a time of nothing (a quantile without a value) is no number either. */
function toMappings({ words = {}, empty }: Panel): ValueMapping[] {
	const options = Object.fromEntries(
		Object.entries(words).map(([value, [text, color]]) => [
			value,
			{ text, color },
		]),
	);
	const match = SpecialValueMatch.NaN;
	const text = empty === NO_DATA ? NOTHING_NOW : empty;
	return [
		...(Object.keys(words).length === 0
			? []
			: [{ type: MappingType.ValueToText as const, options }]),
		{ type: MappingType.SpecialValue, options: { match, result: { text } } },
	];
}
