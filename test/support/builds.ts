import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import type { Client } from "@temporalio/client";
import {
	bundleWorkflowCode,
	DefaultLogger,
	Runtime,
	Worker,
	type WorkflowBundle,
} from "@temporalio/worker";
import { createRolloutEngine } from "../../src/rollout/engine.ts";
import type { BuildRouting, RolloutEngine } from "../../src/rollout/ports.ts";
import { dataConverter } from "../../src/temporal/payload-codec.ts";
import { createPlanClient } from "../../src/temporal/plan-client.ts";
import type { TemporalCalls } from "../../src/temporal/temporal-calls.ts";
import { versioned } from "../../src/temporal/worker.ts";
import { eventually } from "./eventually.ts";
import { openOwnConnection } from "./native-connection.ts";
import { patientCalls } from "./patient-calls.ts";
import { planSettings, runInput, someDecision } from "./plan-inputs.ts";
import { openTemporal } from "./plan-worker.ts";

/** What stands in for the code of a build: one that works, one that throws in workflow code. */
export type BuildKind = "sound" | "throwing";
const sources: Record<BuildKind, string> = {
	sound: "./plan-workflow.ts",
	throwing: "./throwing-plan.ts",
};
const logger = new DefaultLogger("ERROR");
Runtime.install({ logger });
const bundles = new Map<BuildKind, Promise<WorkflowBundle>>();

export interface Builds {
	client: Client;
	calls: TemporalCalls;
	engine: RolloutEngine;
	deployment: string;
	taskQueue: string;
	/** Starts a worker of the build, and answers what stops it. */
	start(build: string, kind?: BuildKind): Promise<() => Promise<void>>;
	/** Starts the builds; the first becomes current. */
	startWith(base: string, ...others: string[]): Promise<BuildRouting>;
}

/** A deployment of its own on the real server. */
export async function openBuilds(t: TestContext): Promise<Builds> {
	const { client, taskQueue } = await openTemporal(t);
	const deployment = `d-${randomUUID()}`;
	const calls = patientCalls(client);
	const engine = createRolloutEngine({
		calls,
		taskQueue,
		run: {
			settings: planSettings,
			versions: { v2Enabled: true, v2Percentage: 100 },
		},
	});
	async function start(build: string, kind: BuildKind = "sound") {
		const connection = await openOwnConnection();
		const worker = await Worker.create({
			connection,
			taskQueue,
			workflowBundle: await bundle(kind),
			dataConverter,
			...versioned({ deployment, build }),
		});
		const run = worker.run();
		let stopping: Promise<void> | undefined;
		const stop = () => {
			stopping ??= (async () => {
				worker.shutdown();
				await run;
				await connection.close();
			})();
			return stopping;
		};
		t.after(stop);
		return stop;
	}
	return {
		client,
		calls,
		engine,
		deployment,
		taskQueue,
		start,
		async startWith(base, ...others) {
			for (const build of [base, ...others]) await start(build);
			const routing = await eventually(async () => {
				const routing = await engine.readRouting(deployment);
				return routing.builds.length > others.length && routing;
			});
			const { token } = routing;
			return await engine.setCurrent({ deployment, build: base, token });
		},
	};
}

/** Once a process: it takes a second. */
function bundle(kind: BuildKind): Promise<WorkflowBundle> {
	const known = bundles.get(kind);
	if (known !== undefined) return known;
	const made = bundleWorkflowCode({
		workflowsPath: createRequire(import.meta.url).resolve(sources[kind]),
		logger,
	});
	bundles.set(kind, made);
	return made;
}

/** Starts plans as intake does; answers their ids. */
export async function startPlans(
	{ client, taskQueue }: Builds,
	count: number,
): Promise<string[]> {
	const plans = createPlanClient({ client: () => client, taskQueue });
	const decisions = Array.from({ length: count }, () => someDecision());
	for (const decision of decisions) await plans.startPlan(runInput(decision));
	return decisions.map(({ plan_id }) => plan_id);
}
