import { setTimeout as sleep } from "node:timers/promises";
import { serverNames } from "../../../stack/server-table.ts";
import type { Fault, Scene } from "../fault.ts";

const FREEZE_MS = 40_000;
const SHORT_FREEZE_MS = 5_000;
/** Between two of them, so that each meets a system at work. */
const BREATH_MS = 8_000;
const TARGETS = 7;

interface Target {
	name: string;
	freeze(): Promise<void>;
	/** Resolves when it answers again. */
	thaw(): Promise<void>;
}

/**
 * Each server and each role stands still (SIGSTOP) and goes on (SIGCONT), which is not a death: its
 * connections stay open, and it goes on with what it believed before. The short form takes one of
 * them, another every day.
 */
export const frozen: Fault = {
	number: 11,
	name: "frozen",
	title: "each server and each role frozen for 40 s, then thawed",
	// What goes on after 40 s sends what others have sent meanwhile; agents lose tickets and claims.
	terms: { repeats: true, reexecution: true },
	flowMs: 4_000 + TARGETS * BREATH_MS,
	shortFlowMs: 10_000,
	shortSeconds: 30,
	outageMs: TARGETS * FREEZE_MS,
	plansRatio: 3,
	async inject(scene) {
		const { isShort, day, world } = scene;
		const targets = listTargets(scene);
		const chosen = isShort
			? targets.slice(day % targets.length).slice(0, 1)
			: targets;
		for (const { name, freeze, thaw } of chosen) {
			world.report(`frozen: ${name}`);
			await freeze();
			try {
				await sleep(isShort ? SHORT_FREEZE_MS : FREEZE_MS);
			} finally {
				await thaw();
			}
			if (!isShort) await sleep(BREATH_MS);
		}
	},
};

function listTargets({ world: { stack, processes } }: Scene): Target[] {
	const { api, intake, workers } = processes;
	return [
		...serverNames.map((name) => ({
			name,
			freeze: () => stack.stopServer(name, "SIGSTOP"),
			thaw: () => stack.startServer(name),
		})),
		// One worker of two: the other takes over what it has in hand.
		...[api, intake, ...workers.slice(0, 1)].map((process) => ({
			name: process.name,
			freeze: async () => process.freeze(),
			thaw: () => process.thaw(),
		})),
	];
}
