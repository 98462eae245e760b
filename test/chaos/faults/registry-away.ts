import { eventually } from "../../support/eventually.ts";
import type { Fault, Scene } from "../fault.ts";

const OUTAGE_MS = 60_000;
/** Agents say within five seconds that they are there. */
const BACK_TIMEOUT_MS = 60_000;

/** The worker registry is killed: tickets go out by the last known view, and agents are known again when it is back. */
export const registryAway: Fault = {
	number: 15,
	name: "registry-away",
	title: "worker registry killed for 60 s",
	terms: { repeats: false, reexecution: false },
	flowMs: 8_000,
	shortSeconds: 15,
	outageMs: OUTAGE_MS,
	async inject(scene) {
		const { processes, troubles } = scene.world;
		const before = await readWorkers(scene);
		if (before.workers.length === 0)
			troubles.push("no worker is known while the registry runs");
		await processes.registry.kill();
		await scene.outage(OUTAGE_MS);
		const during = await readWorkers(scene);
		if (during.workers.length !== before.workers.length)
			troubles.push("workers are forgotten while the registry is away");
		await processes.start(processes.registry);
		await eventually(async () => {
			const { workers, source } = await readWorkers(scene);
			const healthy = workers.filter(({ status }) => status === "HEALTHY");
			return source === "registry" && healthy.length >= before.workers.length;
		}, BACK_TIMEOUT_MS);
	},
};

interface Workers {
	workers: { agent_id: string; status: string }[];
	source: string;
}

async function readWorkers({ world }: Scene): Promise<Workers> {
	const answer = await fetch(`${world.apiUrl}/api/v1/workers?limit=500`);
	return (await answer.json()) as Workers;
}
