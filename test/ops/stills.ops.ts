import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { chromium } from "playwright-core";
import {
	dashboardNames,
	NO_DATA,
} from "../../helm/dashboards/read-dashboard.ts";
import { findOnPath } from "../../stack/find-on-path.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import {
	openBusyWorld,
	playEverything,
	readStored,
	type StoredPanel,
} from "./busy-world.ts";
import type { Prometheus } from "./monitoring.ts";

/** Grafana is in no registry: pictures of its dashboards, drawn from their JSON and what a real Prometheus has. */
const folder = process.env.STILLS_FOLDER;
const tool = await haveTool("prometheus");
const program =
	process.env.CHROMIUM_BIN ?? findOnPath(["chromium", "google-chrome"]);
const missing =
	folder === undefined
		? "STILLS_FOLDER names no folder for the pictures"
		: tool.missing ||
			(program === undefined && "no chromium: set CHROMIUM_BIN");
const COLUMN_PX = 64;
const LINE_PX = 36;
const MINUTES = 4;

test("dashboards: a picture of each, for a person to look at", {
	skip: missing,
}, async (t) => {
	const data = mkdtempSync(path.join(tmpdir(), "stills-"));
	t.after(() => rmSync(data, { recursive: true }));
	const { world, prometheus } = await openBusyWorld(t, tool, data);
	for (let round = 0; round < 1; round++)
		await playEverything(world, `${round}`);
	const browser = await chromium.launch({
		executablePath: program as string,
		args: ["--no-sandbox", "--disable-gpu"],
	});
	t.after(() => browser.close());
	const page = await browser.newPage({
		viewport: { width: 24 * COLUMN_PX, height: 900 },
		// uPlot does not load under the locale of a machine that has none.
		locale: "en-US",
	});
	const faults: Error[] = [];
	page.on("pageerror", (error) => faults.push(error));
	mkdirSync(folder as string, { recursive: true });
	for (const name of dashboardNames) {
		await page.setContent(await draw(name, prometheus));
		await page.screenshot({
			path: path.join(folder as string, `${name}.png`),
			fullPage: true,
		});
	}
	assert.deepEqual(faults, []);
});

const read = (file: string) =>
	readFileSync(
		path.join(import.meta.dirname, "../../node_modules/uplot/dist", file),
		"utf8",
	);

async function draw(name: string, prometheus: Prometheus): Promise<string> {
	const { title, panels } = readStored(name);
	const boxes: string[] = [];
	for (const panel of panels) boxes.push(await drawPanel(panel, prometheus));
	const bottom = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h));
	return `<!doctype html><style>${read("uPlot.min.css")}
		body { margin: 0; background: #111217; color: #ccccdc; font: 13px sans-serif; height: ${(bottom + 2) * LINE_PX}px }
		.box { position: absolute; box-sizing: border-box; background: #181b1f; border: 1px solid #34363d; padding: 6px; overflow: hidden }
		.row { background: none; border: none; font-weight: bold } .title { font-weight: bold } h1 { font-size: 18px; margin: 6px }
		.big { font-size: 26px; text-align: center; margin-top: 22px } .bar { display: flex; gap: 6px; margin: 5px 0 }
		.u-legend { font-size: 11px } .no { text-align: center; margin-top: 30px } .fault { color: #f2495c }
		</style><script>${read("uPlot.iife.min.js")}</script><h1>${title}</h1>${boxes.join("\n")}`;
}

async function drawPanel(
	panel: StoredPanel,
	prometheus: Prometheus,
): Promise<string> {
	const { x, y, w, h } = panel.gridPos;
	const place = `left:${x * COLUMN_PX + 2}px;top:${(y + 1) * LINE_PX}px;width:${w * COLUMN_PX - 4}px;height:${h * LINE_PX - 4}px`;
	if (panel.type === "row")
		return `<div class="box row" style="${place}">${panel.title}</div>`;
	const body =
		panel.type === "timeseries"
			? await drawLines(panel, prometheus)
			: await drawValues(panel, prometheus);
	return `<div class="box" style="${place}"><div class="title">${panel.title}</div>${body}</div>`;
}

async function drawValues(
	panel: StoredPanel,
	prometheus: Prometheus,
): Promise<string> {
	const rows: { legend: string; value: number }[] = [];
	for (const { expr, legendFormat } of panel.targets)
		for (const { metric, value } of await prometheus.query(expr))
			rows.push({ legend: nameOf(legendFormat, metric), value });
	if (rows.length === 0) return nothing(panel);
	const colour = (value: number) => colourOf(panel, value);
	const [first] = rows;
	if (panel.type === "stat" && first !== undefined)
		return `<div class="big" style="background:${colour(first.value)}">${textOf(panel, first.value)}</div>`;
	const most = Math.max(...rows.map(({ value }) => value), 1e-9);
	return rows
		.sort((a, b) => b.value - a.value)
		.map(
			({ legend, value }) =>
				`<div class="bar"><span style="width:45%">${legend}</span><span style="background:${colour(value)};width:${(value / most) * 40}%">&nbsp;</span><span>${textOf(panel, value)}</span></div>`,
		)
		.join("");
}

async function drawLines(
	panel: StoredPanel,
	prometheus: Prometheus,
): Promise<string> {
	const series: { legend: string; points: Map<number, number> }[] = [];
	for (const { expr, legendFormat } of panel.targets)
		for (const { metric, points } of await prometheus.course(
			expr,
			MINUTES,
			2,
		)) {
			// As in Grafana what is not a number is a gap, and the legend has the last number.
			const known = points.filter(([, value]) => !Number.isNaN(value));
			if (known.length > 0)
				series.push({
					legend: nameOf(legendFormat, metric),
					points: new Map(known),
				});
		}
	if (series.length === 0) return nothing(panel);
	const times = [
		...new Set(series.flatMap(({ points }) => [...points.keys()])),
	].sort();
	const values = series.map(({ points }) =>
		times.map((at) => points.get(at) ?? null),
	);
	const last = series.map(({ points }) =>
		textOf(panel, [...points.values()].at(-1) ?? Number.NaN),
	);
	const lines = series.map(({ legend }, at) => ({
		label: `${legend} ${last[at]}`,
		stroke: palette[at % palette.length],
		width: 2,
	}));
	const size = {
		width: panel.gridPos.w * COLUMN_PX - 24,
		height: panel.gridPos.h * LINE_PX - 110,
	};
	const axis = { stroke: "#9fa7b3", grid: { stroke: "#2c3235" } };
	const options = {
		...size,
		series: [{}, ...lines],
		axes: [axis, { ...axis, size: 60 }],
		legend: { live: false },
	};
	const id = `p${panel.gridPos.x}_${panel.gridPos.y}`;
	return `<div id="${id}"></div><script>new uPlot(${JSON.stringify(options)}, ${JSON.stringify([times, ...values])}, document.getElementById("${id}"))</script>`;
}

function nothing({ fieldConfig: { defaults } }: StoredPanel): string {
	const { noValue } = defaults;
	return `<div class="no ${noValue === NO_DATA ? "fault" : ""}">${noValue}</div>`;
}

const palette = [
	"#73bf69",
	"#f2cc0c",
	"#5794f2",
	"#ff9830",
	"#f2495c",
	"#b877d9",
	"#8ab8ff",
	"#fade2a",
];
const colours: Record<string, string> = {
	green: "#299c46",
	yellow: "#c4a000",
	red: "#d44a3a",
	blue: "#1f60c4",
};

function nameOf(legend: string, metric: Record<string, string>): string {
	return legend === ""
		? Object.values(metric).join(" ")
		: legend.replaceAll(/\{\{(\w+)\}\}/g, (_, label) => metric[label] ?? "");
}

function colourOf({ fieldConfig: { defaults } }: StoredPanel, value: number) {
	const mapped = defaults.mappings[0]?.options[String(value)];
	const step = defaults.thresholds.steps.findLast(
		(one) => one.value === null || value >= one.value,
	);
	return colours[mapped?.color ?? step?.color ?? "blue"];
}

function textOf({ fieldConfig: { defaults } }: StoredPanel, value: number) {
	const mapped = defaults.mappings[0]?.options[String(value)];
	if (mapped !== undefined) return mapped.text;
	const short = (number: number) =>
		(Math.abs(number) < 10
			? number.toPrecision(2)
			: Math.round(number).toLocaleString("en")
		).replace(/\.0$/, "");
	if (defaults.unit === "percentunit") return `${short(value * 100)} %`;
	if (defaults.unit === "percent") return `${short(value)} %`;
	if (defaults.unit === "bytes") return `${short(value / 1e6)} MB`;
	if (defaults.unit === "s")
		return value !== 0 && Math.abs(value) < 1
			? `${short(value * 1_000)} ms`
			: `${short(value)} s`;
	return short(value) + (defaults.unit === "ops" ? "/s" : "");
}
