import { fanOut } from "../../../demo/shapes.ts";
import { eventually } from "../../support/eventually.ts";
import type { Fault, Scene } from "../fault.ts";
import { plainPlan } from "../plan-mix.ts";

const DEATH_TIMEOUT_MS = 30_000;
/** In one request, so it is the large plan's. */
const TICKETS_AT_DEATH = 300;

/** A worker dies between the brokers' acknowledgement of 400 tickets and the workflow's knowledge of it; later all workers die while results come. */
export const workerKilled: Fault = {
	number: 1,
	name: "worker-killed",
	title: "worker killed in C4 of 500 tickets, again during results",
	terms: { repeats: true, reexecution: false },
	flowMs: 6_000,
	shortSeconds: 25,
	outageMs: 0,
	async inject(scene) {
		const { world, name } = scene;
		const { workers } = world.processes;
		const planId = `${name}-large`;
		const large = plainPlan(
			planId,
			"V1",
			fanOut(498, { parameters: { simulate_duration_ms: "300" } }),
		);
		await killPublisher(scene, () => scene.send(large));
		await eventually(() => world.watch.resultCount(planId) >= 50, 60_000);
		await Promise.all(workers.map((worker) => worker.kill()));
		await Promise.all(workers.map((worker) => world.processes.start(worker)));
	},
};

async function killPublisher(
	{ world }: Scene,
	send: () => Promise<void>,
): Promise<void> {
	const { workers } = world.processes;
	const one = new AbortController();
	const timer = setTimeout(() => one.abort(), DEATH_TIMEOUT_MS);
	const deaths = workers.map(async (worker) => {
		const end = await worker.dieAt(
			"after-tickets",
			TICKETS_AT_DEATH,
			one.signal,
		);
		one.abort();
		return end;
	});
	await send();
	const ends = await Promise.all(deaths);
	clearTimeout(timer);
	if (!ends.includes("died"))
		world.troubles.push("no worker came to publish the large plan");
	await Promise.all(
		workers
			.filter((_, index) => ends[index] === "died")
			.map((worker) => world.processes.start(worker)),
	);
}
