import { chain } from "../../../demo/shapes.ts";
import { openAttacker } from "../../hostile/attacker.ts";
import {
	type Bomb,
	craftBombs,
	sendBombs,
} from "../../hostile/bomb-everywhere.ts";
import {
	floodResults,
	foretellResults,
	sendStrangers,
} from "../../hostile/floods.ts";
import {
	sendOversizedLetters,
	sendOversizedResults,
} from "../../hostile/oversized.ts";
import { answerApproval, askPriorities, untilWaiting } from "../ask-plans.ts";
import type { Fault, Scene } from "../fault.ts";
import { plainPlan, waitingPlan } from "../plan-mix.ts";
import { untilResultsRead } from "../settle.ts";
import { topics } from "../world.ts";

/** How much of everything. */
interface Measure {
	bombBytes: number;
	results: number;
	commands: number;
	strangers: number;
	oversized: number;
}

const FULL: Measure = {
	bombBytes: 500_000_000,
	results: 22_000,
	commands: 2_100,
	strangers: 3_000,
	oversized: 4,
};
const SHORT: Measure = {
	bombBytes: 150_000_000,
	results: 1_500,
	commands: 150,
	strangers: 200,
	oversized: 1,
};
const TASK_MS = 1_500;
/** Three of these take longer than intake may be behind. */
const SLOW_TASK_MS = 15_000;

let bombs: Bomb[] = [];

/**
 * Whoever may write, writes what does harm, all at once: bombs, records too large for where they go
 * next, floods for plans that wait, results of what was not yet to be done, and answers nobody asked for.
 */
export const hostileWriters: Fault = {
	number: 12,
	name: "hostile-writers",
	title: "bombs, floods, oversized and foretold records on every topic",
	terms: {
		repeats: false,
		reexecution: false,
		maxLateMs: 30_000,
		memory: "tight",
	},
	flowMs: 90_000,
	shortFlowMs: 20_000,
	shortSeconds: 60,
	outageMs: 0,
	plansRatio: 2,
	flowLoad: 0.2,
	async prepare(isShort) {
		bombs = await craftBombs(topics, (isShort ? SHORT : FULL).bombBytes);
	},
	async inject(scene) {
		const { isShort, name } = scene;
		const measure = isShort ? SHORT : FULL;
		const { stack } = scene.world;
		const attacker = await openAttacker(
			stack.env.KAFKA_BOOTSTRAP_SERVERS as string,
			topics,
		);
		try {
			await Promise.all([
				sendBombs(attacker, bombs),
				sendOversizedResults(attacker, name, measure.oversized),
				sendOversizedLetters(attacker),
				sendStrangers(attacker, name, measure.strangers),
				floodWaiting(scene, measure),
				commandWaiting(scene, measure),
				foretell(scene),
			]);
		} finally {
			attacker.close();
			scene.blame(attacker);
		}

		async function floodWaiting({ send, world }: Scene, { results }: Measure) {
			const plan = waitingPlan(`${name}-flooded`, "V1", tasksOf(3));
			await send(plan);
			await untilWaiting(world, plan.planId);
			await floodResults(attacker, plan.planId, results);
			await answerApproval(scene, plan);
		}

		async function commandWaiting(
			{ send, world }: Scene,
			{ commands }: Measure,
		) {
			const plan = waitingPlan(`${name}-commanded`, "V2", tasksOf(3));
			await send(plan);
			await untilWaiting(world, plan.planId);
			await askPriorities(world, plan.planId, commands);
			await answerApproval(scene, plan);
		}

		/**
		 * Of a plan that does not run yet, of one that waits, and of one that runs, what is not due. What
		 * intake reads later than that may have become due meanwhile, so each is read before it could.
		 */
		async function foretell({ send, world }: Scene) {
			const waiting = waitingPlan(`${name}-foretold`, "V2", tasksOf(4));
			const slow = tasksOf(4, SLOW_TASK_MS);
			const running = plainPlan(`${name}-overtaken`, "V2", slow);
			const ids = slow.map(({ task_id }) => task_id);
			for (const { planId } of [waiting, running])
				await foretellResults(attacker, planId, ids);
			await untilResultsRead(world);
			await send(waiting);
			await send({ ...running, unhurried: true });
			await foretellResults(attacker, running.planId, ids.slice(-1));
			await untilWaiting(world, waiting.planId);
			await foretellResults(attacker, waiting.planId, ids);
			await untilResultsRead(world);
			await answerApproval(scene, waiting);
		}
	},
};

const tasksOf = (length: number, durationMs = TASK_MS) =>
	chain(length, {
		parameters: { simulate_duration_ms: String(durationMs) },
	});
