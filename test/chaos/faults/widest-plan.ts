import { setTimeout as sleep } from "node:timers/promises";
import type { TaskSpec } from "../../../demo/decisions.ts";
import { MAX_PLAN_BYTES } from "../../../src/domain/plan-size.ts";
import { eventually } from "../../support/eventually.ts";
import { untilKnown } from "../ask-plans.ts";
import type { Fault, Scene } from "../fault.ts";
import { plainPlan } from "../plan-mix.ts";

const OUTAGE_MS = 60_000;
const MAPPERS = 1_000;
/** Of the limit: the rest is what the plan says beside its tasks. */
const FILLED_RATIO = 0.97;
/** So many have reported when the first server goes. */
const RESULTS_BEFORE = 100;
const UNDER_WAY_TIMEOUT_MS = 60_000;
const READ_INTERVAL_MS = 1_000;

/** The widest plans that intake takes, V1 and V2, go on while Kafka and then MongoDB are away; their reads answer all the while. */
export const widestPlan: Fault = {
	number: 13,
	name: "widest-plan",
	title: "two plans of 1.5 MB; Kafka away for 60 s, then MongoDB",
	// A producer whose broker died cannot know whether its last request was taken.
	terms: { repeats: true, reexecution: true, memory: "tight" },
	flowMs: 12_000,
	shortSeconds: 60,
	outageMs: 2 * OUTAGE_MS,
	async inject(scene) {
		const { world, outage, name, send } = scene;
		const { stack, watch } = world;
		const ended = new AbortController();
		const reads = (["V1", "V2"] as const).map(async (version) => {
			const plan = plainPlan(
				`${name}-widest-${version}`,
				version,
				widestTasks(),
			);
			await send(plan);
			await untilKnown(world, plan.planId);
			await eventually(
				() => watch.resultCount(plan.planId) >= RESULTS_BEFORE,
				UNDER_WAY_TIMEOUT_MS,
			);
			return { done: readAllTheWhile(scene, plan.planId, ended.signal) };
		});
		const reading = await Promise.all(reads);
		for (const server of ["kafka", "mongodb"] as const) {
			await stack.stopServer(server);
			await outage(OUTAGE_MS);
			await stack.startServer(server);
		}
		ended.abort();
		await Promise.all(reading.map(({ done }) => done));
	},
};

/** Reducers that need every mapper, as many as a plan's bytes allow. */
function widestTasks(): TaskSpec[] {
	const mappers = Array.from({ length: MAPPERS }, (_, at) => `m${at}`);
	const task = { parameters: { simulate_duration_ms: "20" } };
	const tasks: TaskSpec[] = mappers.map((task_id) => ({ ...task, task_id }));
	const reducer = { ...task, task_id: "r000", dependencies: mappers };
	const count = Math.floor(
		(MAX_PLAN_BYTES * FILLED_RATIO - bytesOf(plainPlan("p", "V1", tasks))) /
			bytesOf(plainPlan("p", "V1", [reducer])),
	);
	for (let at = 0; at < count; at += 1)
		tasks.push({ ...reducer, task_id: `r${at}` });
	return tasks;
}

const bytesOf = ({ message }: { message: string }) =>
	Buffer.byteLength(JSON.parse(message).cognitive_plan);

/** A read that fails is a finding, whichever server is away. */
async function readAllTheWhile(
	{ world: { apiUrl, troubles } }: Scene,
	planId: string,
	signal: AbortSignal,
): Promise<void> {
	const plan = `${apiUrl}/api/v1/plans/${planId}`;
	while (!signal.aborted) {
		for (const url of [plan, `${plan}/tickets?limit=100`]) {
			const status = await fetch(url).then(
				({ status }) => String(status),
				(error: unknown) => String(error),
			);
			if (status !== "200") troubles.push(`${url} answered ${status}`);
		}
		await sleep(READ_INTERVAL_MS);
	}
}
