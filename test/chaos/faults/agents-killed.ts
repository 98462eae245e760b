import { eventually } from "../../support/eventually.ts";
import type { Fault } from "../fault.ts";
import { plainPlan, unrulyPlan } from "../plan-mix.ts";

const PAUSE_MS = 3_000;
const SEEN_TIMEOUT_MS = 30_000;
const behaviours = ["late", "failed-then-completed"] as const;

/** Tickets that agents work on when they die. */
const HELD = 10;
const HELD_MS = 6_000;
const ELSEWHERE_TIMEOUT_MS = 120_000;

/** Agents die with ten tickets and more in their hands, which go elsewhere; others answer late, twice, or FAILED and then COMPLETED. */
export const agentsKilled: Fault = {
	number: 9,
	name: "agents-killed",
	title: "agents killed with tickets; late, double, contradicting answers",
	terms: { repeats: false, reexecution: true },
	flowMs: 8_000,
	shortFlowMs: 30_000,
	shortSeconds: 60,
	outageMs: PAUSE_MS,
	async inject(scene) {
		const { world, name, send, outage, isShort } = scene;
		const { processes, report } = world;
		const rounds = isShort ? 1 : 5;
		for (let round = 0; round < rounds; round += 1) {
			for (const how of behaviours)
				for (const version of ["V1", "V2"] as const)
					await send(
						unrulyPlan(`${name}-${how}-${version}-${round}`, version, how),
					);
		}
		await outage(PAUSE_MS);
		const plan_id = `${name}-held`;
		await send(plainPlan(plan_id, "V2", heldTasks()));
		const tickets = world.store.collection("execution_tickets");
		const begun = { plan_id, outcome: null, started_at: { $ne: null } };
		await eventually(
			async () => (await tickets.countDocuments(begun)) === HELD,
			SEEN_TIMEOUT_MS,
			100,
		);
		await processes.agents.kill();
		const killedAtMs = Date.now();
		await processes.start(processes.agents);
		const done = { plan_id, outcome: "completed" };
		await eventually(
			async () => (await tickets.countDocuments(done)) === HELD,
			ELSEWHERE_TIMEOUT_MS,
			500,
		).catch(() => world.troubles.push("tickets of killed agents did not end"));
		const seconds = Math.round((Date.now() - killedAtMs) / 1000);
		const again = await tickets.countDocuments({
			...done,
			attempt: { $gt: 1 },
		});
		report(
			`${HELD} tickets of killed agents ended elsewhere within ${seconds} s: ${again} after their time-out, the others by who took them over`,
		);
	},
};

function heldTasks() {
	return Array.from({ length: HELD }, (_, at) => ({
		task_id: `held-${at}`,
		parameters: { simulate_duration_ms: String(HELD_MS) },
	}));
}
