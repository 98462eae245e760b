import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { dashboardNames } from "../../helm/dashboards/read-dashboard.ts";
import { haveTool } from "../../stack/ops-tools.ts";
import {
	type BusyWorld,
	openBusyWorld,
	playEverything,
	readStored,
} from "./busy-world.ts";
import { NOT_HERE } from "./not-in-busy-world.ts";

const tool = await haveTool("prometheus");
const options = { skip: tool.missing };
/** Budgets are looked at, and stuck plans looked for, once a minute. */
const DATA_TIMEOUT_MS = 70_000;
const folder = mkdtempSync(path.join(tmpdir(), "dashboards-"));
after(() => rmSync(folder, { recursive: true }));
const { world, prometheus } = tool.missing
	? ({} as BusyWorld)
	: await openBusyWorld({ after }, tool, folder);
if (!tool.missing) await playEverything(world);

test(
	"dashboards: every query of every panel has data once plans of every kind were there",
	options,
	async () => {
		let empty = dashboardNames.flatMap((name) =>
			readStored(name).panels.flatMap(({ title, targets }) =>
				targets.map(({ expr, legendFormat }) => ({
					place: `${name}: ${title} (${legendFormat})`,
					expr,
				})),
			),
		);
		assert.ok(empty.length > 100);
		empty = empty.filter(({ expr }) => !NOT_HERE.test(expr));
		await untilNone(async () => {
			const answers = await Promise.all(
				empty.map(({ expr }) => prometheus.course(expr, 10, 10)),
			);
			empty = empty.filter((_, at) => answers[at]?.length === 0);
			return empty;
		});
	},
);

test(
	"dashboards: what they show is what lies on Kafka and in MongoDB",
	options,
	async () => {
		await untilNone(async () => {
			const wrong: string[] = [];
			// Each time: what a look at deadlines finds comes up to ten seconds after a plan's end.
			const expected = await countFromOutside();
			for (const { dashboard, title, value, labels = {} } of expected) {
				const shown = await valuesOf(dashboard, title, labels);
				if (!shown.some((one) => isThat(one, value)))
					wrong.push(
						`${title} ${JSON.stringify(labels)} should show ${value}, shows ${shown}`,
					);
			}
			return wrong;
		});
	},
);

interface Expected {
	dashboard: string;
	title: string;
	value: number;
	labels?: Record<string, string>;
}

/** What the topics and the database say, without the service's own counters. */
async function countFromOutside(): Promise<Expected[]> {
	const ended = await countBy(await world.documents("workflows", {}), "status");
	const of = (status: string) => ended.get(status) ?? 0;
	const ran = of("SUCCESS") + of("PARTIAL") + of("FAILED");
	const tickets = world.records("tickets").map(({ body }) => ({
		id: (body.metadata as Record<string, string>).logical_ticket_id,
		plan: body.plan_id,
		undoes: body.task_type === "COMPENSATE",
	}));
	const undoing = tickets.filter(({ undoes }) => undoes);
	const letters = await world.documents("dead_letters", { state: "open" });
	const approaching = world
		.records("slaAlerts")
		.filter(
			({ body }) =>
				body.event_type === "ALERT" &&
				body.alert_type === "DEADLINE_APPROACHING",
		);
	const incidents = world.records("incidents").map(({ body }) => body);
	const violations = world.records("slaViolations").length;
	assert.ok(
		of("FAILED") * of("PARTIAL") * of("INVALID") > 0 && incidents.length > 0,
	);
	assert.ok(letters.length * approaching.length * violations > 0);
	const hour = "(last hour)";
	const flowC: Omit<Expected, "dashboard">[] = [
		{ title: `Success rate ${hour}`, value: of("SUCCESS") / ran },
		...["FAILED", "PARTIAL", "INVALID"].map((status) => ({
			title: `Failures by status ${hour}`,
			value: of(status),
			labels: { status },
		})),
		{ title: "Plans at work", value: 0 },
		{ title: "Workers", value: 4, labels: { status: "HEALTHY" } },
		// One decision came three times.
		{ title: `Duplicates ${hour}`, value: 2 },
		{
			title: `Plans that undid their work ${hour}`,
			value: distinct(undoing, "plan"),
		},
		{ title: `Tickets undone ${hour}`, value: distinct(undoing, "id") },
		{ title: `Deadline approaching ${hour}`, value: approaching.length },
		{ title: `SLA violations ${hour}`, value: violations },
		...labelled(
			"Incidents, self-healing, notifications",
			"incident_type",
			incidents,
		),
	];
	return [
		...flowC.map((one) => ({ ...one, dashboard: "flow-c" })),
		{ dashboard: "kafka", title: "Dead letters open", value: letters.length },
		{ dashboard: "kafka", title: "Consumer lag", value: 0 },
	];
}

/** An expectation for each value of a field: how many rows have it. */
function labelled(title: string, field: string, rows: readonly object[]) {
	return [...countBy(rows, field)].map(([name, value]) => ({
		title,
		value,
		labels: { [field]: name },
	}));
}

/** The values a panel shows in the series with these labels. */
async function valuesOf(
	dashboard: string,
	title: string,
	labels: Record<string, string>,
): Promise<number[]> {
	const panel = readStored(dashboard).panels.find((one) => one.title === title);
	assert.ok(panel, `${dashboard} has no panel ${title}`);
	const answers = await Promise.all(
		panel.targets.map(({ expr }) => prometheus.query(expr)),
	);
	return answers
		.flat()
		.filter(({ metric }) =>
			Object.entries(labels).every(([name, value]) => metric[name] === value),
		)
		.map(({ value }) => value);
}

/** `increase` is a little more than it counts, as it reckons with what lies between two scrapes. */
function isThat(shown: number, value: number): boolean {
	const most = Number.isInteger(value) ? Math.max(0.5, value / 100) : 0.02;
	return Math.abs(shown - value) < most;
}

/** Looks again until nothing is wrong any more; then, or when the time is over, says what is. */
async function untilNone(look: () => Promise<unknown[]>): Promise<void> {
	const endsAtMs = Date.now() + DATA_TIMEOUT_MS;
	let wrong = await look();
	while (wrong.length > 0 && Date.now() < endsAtMs) wrong = await look();
	assert.deepEqual(wrong, []);
}

function distinct(rows: readonly object[], field: string): number {
	return countBy(rows, field).size;
}

function countBy(rows: readonly object[], field: string): Map<string, number> {
	const counts = new Map<string, number>();
	for (const row of rows) {
		const value = String((row as Record<string, unknown>)[field]);
		counts.set(value, (counts.get(value) ?? 0) + 1);
	}
	return counts;
}
