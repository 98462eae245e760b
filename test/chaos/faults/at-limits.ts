import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { chain, fanOut } from "../../../demo/shapes.ts";
import { MAX_PLAN_BYTES } from "../../../src/domain/plan-size.ts";
import {
	answerApproval,
	askPatiently,
	askPriorities,
	hasSucceeded,
	untilWaiting,
} from "../ask-plans.ts";
import type { Fault, Scene } from "../fault.ts";
import { messageOf, publish } from "../flow.ts";
import { type MixedPlan, plainPlan, waitingPlan } from "../plan-mix.ts";

/** How much of everything. */
interface Measure {
	heavy: number;
	/** Between two requests with heavy plans: as fast as two cores work them off, with the others. */
	heavyPauseMs: number;
	tasks: number;
	commands: number;
	reruns: number;
}

const FULL: Measure = {
	heavy: 500,
	heavyPauseMs: 2_600,
	tasks: 10_000,
	commands: 2_000,
	reruns: 100,
};
const SHORT: Measure = {
	heavy: 10,
	heavyPauseMs: 0,
	tasks: 1_000,
	commands: 100,
	reruns: 5,
};
/** Of the limit: the rest is what the plan says beside its filling. */
const FILLED_RATIO = 0.95;
/** Heavy plans sent in one request. */
const TOGETHER = 4;
const RERUN_TIMEOUT_MS = 120_000;
const WIDE_TIMEOUT_MS = 300_000;

/** Plans at all limits side by side: each ends or is refused, and the steady flow does not notice. */
export const atLimits: Fault = {
	number: 14,
	name: "at-limits",
	title: "plans at every limit at once: bytes, tasks, edges, commands, reruns",
	terms: {
		repeats: false,
		reexecution: false,
		maxLateMs: 30_000,
		memory: "tight",
	},
	flowMs: 450_000,
	shortFlowMs: 10_000,
	shortSeconds: 45,
	plansRatio: 3,
	outageMs: 0,
	async inject(scene) {
		const measure = scene.isShort ? SHORT : FULL;
		await Promise.all([
			sendHeavy(scene, measure),
			sendWide(scene, measure),
			commandOften(scene, measure),
			rerunOften(scene, measure),
		]);
	},
};

async function sendHeavy(
	scene: Scene,
	{ heavy, heavyPauseMs }: Measure,
): Promise<void> {
	for (let from = 0; from < heavy; from += TOGETHER) {
		if (from > 0) await sleep(heavyPauseMs);
		await Promise.all(
			Array.from({ length: Math.min(TOGETHER, heavy - from) }, (_, at) => {
				const version = (from + at) % 2 === 0 ? "V1" : "V2";
				const id = `${scene.name}-heavy-${from + at}`;
				return scene.send(fill(plainPlan(id, version, chain(2))));
			}),
		);
	}
}

/** The plan with a text in it that nothing makes smaller, so that it has as many bytes as a plan may have. */
function fill(plan: MixedPlan): MixedPlan {
	const bytes = Math.floor(MAX_PLAN_BYTES * FILLED_RATIO * 0.75);
	const message = changeBody(plan, (body) => {
		body.explanation = randomBytes(bytes).toString("base64");
	});
	return { ...plan, message, unhurried: true };
}

/**
 * One task before all and one after all, one plan after the other; with what plans usually say of a task, so
 * many have too many bytes.
 */
async function sendWide(scene: Scene, { tasks }: Measure): Promise<void> {
	for (const version of ["V1", "V2"] as const) {
		const id = `${scene.name}-wide-${version}`;
		await scene.send(slim(plainPlan(id, version, fanOut(tasks - 2))));
		await hasSucceeded(scene.world, id, WIDE_TIMEOUT_MS);
	}
}

function slim(plan: MixedPlan): MixedPlan {
	const message = changeBody(plan, (body) => {
		for (const task of body.tasks) {
			delete task.required_capabilities;
			delete task.parameters;
			delete task.metadata;
			task.description = "-";
		}
	});
	return { ...plan, message, unhurried: true };
}

interface Body {
	tasks: Record<string, unknown>[];
	explanation?: string;
}

function changeBody(
	{ message }: MixedPlan,
	change: (body: Body) => void,
): string {
	const decision = JSON.parse(message);
	const body: Body = JSON.parse(decision.cognitive_plan);
	change(body);
	decision.cognitive_plan = JSON.stringify(body);
	return JSON.stringify(decision);
}

async function commandOften(scene: Scene, { commands }: Measure) {
	const plan = waitingPlan(`${scene.name}-commanded`, "V1", chain(2));
	await scene.send({ ...plan, unhurried: true });
	await untilWaiting(scene.world, plan.planId);
	await askPriorities(scene.world, plan.planId, commands);
	await answerApproval(scene, plan);
}

/** Beside the evidence, which has one execution of each ticket. */
async function rerunOften(
	{ world, name }: Scene,
	{ reruns }: Measure,
): Promise<void> {
	const plan = plainPlan(`mutant-${name}-rerun`, "V2", chain(1));
	await publish(world, [{ ...messageOf(plan), kind: "mutant" }]);
	const url = `${world.apiUrl}/api/v1/plans/${plan.planId}`;
	const body = { actor: "chaos", reason: "again", task_id: "step-1" };
	for (let count = 0; ; count += 1) {
		const ended = await hasSucceeded(world, plan.planId, RERUN_TIMEOUT_MS);
		if (!ended || count === reruns) return;
		const key = `${plan.planId}-${count}`;
		const status = await askPatiently(url, { name: "rerun", key, body });
		// Refused in its own words: the plan was read before the rerun before had opened it again.
		if (status !== 200 && status !== 409)
			world.troubles.push(
				`rerun ${count} of ${plan.planId} was answered ${status}`,
			);
	}
}
