import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { request } from "node:http";
import path from "node:path";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { createScenarios } from "../../demo/scenarios.ts";
import { serviceSettings } from "../../demo/settings.ts";
import { chain } from "../../demo/shapes.ts";
import type { ToolAtHand } from "../../stack/ops-tools.ts";
import {
	newPlanId,
	openServiceWorld,
	type ServiceWorld,
} from "../e2e/support/service-world.ts";
import { type Prometheus, startPrometheus } from "./monitoring.ts";

/** A panel as Grafana would be told, with its queries as Prometheus takes them. */
export interface StoredPanel {
	title: string;
	type: string;
	description: string;
	gridPos: { x: number; y: number; w: number; h: number };
	fieldConfig: {
		defaults: {
			unit: string;
			noValue: string;
			thresholds: { steps: { color: string; value: number | null }[] };
			mappings: { options: Record<string, { text: string; color: string }> }[];
		};
	};
	targets: { expr: string; legendFormat: string }[];
}

/** A dashboard from its JSON, with every choice at All. */
export function readStored(name: string) {
	const file = path.join(
		import.meta.dirname,
		`../../helm/dashboards/json/${name}.json`,
	);
	const { panels, ...head } = JSON.parse(readFileSync(file, "utf8")) as {
		title: string;
		annotations: { list: { name: string; expr: string }[] };
		panels: StoredPanel[];
	};
	const concrete = ({ expr, ...rest }: StoredPanel["targets"][number]) => ({
		...rest,
		expr: expr
			.replaceAll("$__rate_interval", "2m")
			.replaceAll(/"\$\w+"/g, '".*"'),
	});
	return {
		...head,
		panels: panels.map(({ targets = [], ...panel }) => ({
			...panel,
			targets: targets.map(concrete),
		})),
	};
}

export interface BusyWorld {
	world: ServiceWorld;
	prometheus: Prometheus;
}

/** The service with a Prometheus that has scraped it before the first plan came. */
export async function openBusyWorld(
	hooks: { after(close: () => Promise<void> | void): void },
	tool: ToolAtHand,
	folder: string,
): Promise<BusyWorld> {
	const world = await openServiceWorld(hooks, {
		env: { ...serviceSettings },
		agents: { count: 4 },
	});
	const target = new URL(world.address()).host;
	const prometheus = await startPrometheus(hooks, tool, folder, { target });
	await world.eventually(
		async () => (await prometheus.query("orchestration_build_info")).length > 0,
	);
	return { world, prometheus };
}

/** Everything that panels show: plans of every kind and end, what cannot be read, and who may not ask. Answers when all is over. */
export async function playEverything(
	world: ServiceWorld,
	round = "1",
): Promise<void> {
	const scenarios = createScenarios(`${world.name}-${round}`);
	const failing = chain(1, { parameters: { simulate: "fail" } });
	const slow = chain(2, {
		estimated_duration_ms: 20_000,
		// Longer than the time between two looks at open plans.
		parameters: { simulate_duration_ms: "8000" },
	});
	const failed = buildPlan({ plan_id: newPlanId("failed"), tasks: failing });
	const late = buildPlan({ plan_id: newPlanId("late"), tasks: slow });
	await world.publish(
		...scenarios.flatMap(({ records }) => records),
		buildDecision(failed),
		buildDecision(late, { metadata: { sla_deadline_seconds: "2" } }),
		Buffer.from("{ this is no decision"),
		Buffer.from("{ nor is this"),
	);
	await untilDeadlinesAreShown(world);
	await askAsForeignHost(world.address());
	await discardOneLetter(world);
	for (const { planId, approve } of scenarios) {
		if (approve === false) continue;
		await world.planWith(
			planId,
			({ status }) => status === "AWAITING_APPROVAL",
		);
		await world.api.command(planId, "approve", {
			actor: "ada",
			reason: "a test says yes",
		});
	}
	for (const planId of [
		...scenarios.map((one) => one.planId),
		failed.plan_id,
		late.plan_id,
	])
		await world.finalPlan(planId);
}

/** Of plans that are open when they are looked at. */
async function untilDeadlinesAreShown(world: ServiceWorld): Promise<void> {
	await world.eventually(async () => {
		const answer = await fetch(`${world.address()}/metrics`);
		const text = await answer.text();
		return text.includes("orchestration_sla_remaining_seconds{");
	});
}

/** A request under a name that is not this machine's, as a foreign web page would send it. */
async function askAsForeignHost(address: string): Promise<void> {
	const { promise, resolve, reject } = Promise.withResolvers<
		number | undefined
	>();
	request(
		`${address}/api/v1/plans`,
		{ headers: { host: "evil.example" } },
		(response) => {
			response.resume();
			resolve(response.statusCode);
		},
	)
		.once("error", reject)
		.end();
	assert.equal(await promise, 403);
}

/** Somebody looks at a dead letter, and closes it. */
async function discardOneLetter(world: ServiceWorld): Promise<void> {
	const url = `${world.address()}/api/v1/dead-letters`;
	const letter = await world.eventually(async () => {
		const { dead_letters } = (await (
			await fetch(`${url}?state=open`)
		).json()) as {
			dead_letters: { id: string }[];
		};
		return dead_letters[0];
	});
	const id = encodeURIComponent(letter.id);
	const answer = await fetch(`${url}/${id}/discard`, {
		method: "POST",
		headers: { "content-type": "application/json" },
		body: JSON.stringify({ actor: "ada", reason: "a test looked at it" }),
	});
	assert.ok(answer.ok, await answer.text());
}
