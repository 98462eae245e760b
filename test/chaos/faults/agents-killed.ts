import type { Fault } from "../fault.ts";
import { unrulyPlan } from "../plan-mix.ts";

const PAUSE_MS = 3_000;
const behaviours = ["late", "failed-then-completed"] as const;

/** Agents die with tickets in their hands; others answer late, twice, or FAILED and then COMPLETED. */
export const agentsKilled: Fault = {
	number: 9,
	name: "agents-killed",
	title: "agents killed with tickets; late, double, contradicting answers",
	terms: { repeats: false, reexecution: true },
	flowMs: 8_000,
	shortSeconds: 15,
	outageMs: PAUSE_MS,
	async inject({ world: { processes }, name, send, outage, isShort }) {
		const rounds = isShort ? 1 : 5;
		for (let round = 0; round < rounds; round += 1) {
			for (const how of behaviours)
				for (const version of ["V1", "V2"] as const)
					await send(
						unrulyPlan(`${name}-${how}-${version}-${round}`, version, how),
					);
		}
		await outage(PAUSE_MS);
		await processes.agents.kill();
		await processes.start(processes.agents);
	},
};
