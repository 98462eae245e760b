import type { Fault } from "../fault.ts";
import { askingAt, countVerdicts, openOpa } from "../opa-process.ts";

const CLOSED_MS = 60_000;
const OPEN_MS = 20_000;

/** The OPA server is killed: plans wait for its decisions and go on with it; with OPA_FAIL_OPEN they go on without. */
export const opaAway: Fault = {
	number: 18,
	name: "opa-away",
	title: "OPA killed for 60 s, closed; then for 20 s, open",
	terms: { repeats: false, reexecution: false },
	flowMs: 40_000,
	shortFlowMs: 25_000,
	shortSeconds: 75,
	outageMs: CLOSED_MS + OPEN_MS,
	async inject(scene) {
		const { troubles } = scene.world;
		const opa = await openOpa(scene);
		if (opa === undefined) return;
		try {
			await opa.start();
			await opa.restartWorkers(askingAt(opa.port));
			await opa.kill();
			const before = await countVerdicts(scene, "unchecked");
			await scene.outage(CLOSED_MS);
			if ((await countVerdicts(scene, "unchecked")) > before)
				troubles.push("a plan went on without a decision");
			await opa.start();
			await opa.kill();
			const open = { ...askingAt(opa.port), OPA_FAIL_OPEN: "true" };
			await opa.restartWorkers(open);
			await scene.outage(OPEN_MS);
			if ((await countVerdicts(scene, "unchecked")) === before)
				troubles.push("no plan went on unchecked, though OPA_FAIL_OPEN is on");
			await opa.restartWorkers({});
		} finally {
			await opa.kill();
		}
	},
};
