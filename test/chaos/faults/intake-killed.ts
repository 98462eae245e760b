import type { Fault, Scene } from "../fault.ts";
import type { KillPoint } from "../inside.ts";

const DEATH_TIMEOUT_MS = 30_000;

/** Intake dies with a plan started and its offset not committed, and with a result read and its plan not told. */
export const intakeKilled: Fault = {
	number: 2,
	name: "intake-killed",
	title: "intake killed between start and commit, between result and signal",
	terms: { repeats: false, reexecution: false },
	flowMs: 22_000,
	shortFlowMs: 8_000,
	shortSeconds: 20,
	outageMs: 0,
	async inject(scene) {
		await killAt(scene, "after-start", 2);
		await killAt(scene, "before-signal", 3);
		if (!scene.isShort) await killAt(scene, "after-signal", 3);
	},
};

async function killAt(
	{ world }: Scene,
	point: KillPoint,
	count: number,
): Promise<void> {
	const { intake } = world.processes;
	const patience = AbortSignal.timeout(DEATH_TIMEOUT_MS);
	if ((await intake.dieAt(point, count, patience)) === "died")
		return await world.processes.start(intake);
	world.troubles.push(`intake never came to ${point}`);
}
