import {
	type Choice,
	type ChoiceRules,
	chooseWorkers,
	type Holdings,
	type TicketToPlace,
} from "../../src/domain/scheduling/choose-workers.ts";
import type { SchedulableWorker } from "../../src/domain/scheduling/eligibility.ts";
import { createWorkerIndex } from "../../src/domain/scheduling/worker-index.ts";

const rules: ChoiceRules = {
	affinity: {
		enabled: true,
		planWeight: 0.6,
		antiWeight: 0.3,
		intentWeight: 0.1,
		threshold: 3,
	},
	whenFull: "overflow",
};
export const nothingHeld: Holdings = {
	held: new Map(),
	plan: new Map(),
	intent: new Map(),
	critical: new Map(),
};

export function ticketOf(
	capabilities: string[] = [],
	facts: Partial<TicketToPlace> = {},
): TicketToPlace {
	return {
		needs: { capabilities, namespace: null, security_level: "INTERNAL" },
		priority: 0.5,
		isCritical: false,
		...facts,
	};
}

export function choose(
	workers: SchedulableWorker[],
	tickets: TicketToPlace[],
	{
		holdings = nothingHeld,
		queueFactor = 2,
		whenFull = rules.whenFull,
	}: {
		holdings?: Holdings;
		queueFactor?: number;
		whenFull?: ChoiceRules["whenFull"];
	} = {},
): Choice[] {
	const index = createWorkerIndex(workers, queueFactor);
	return chooseWorkers(index, tickets, holdings, { ...rules, whenFull });
}

export function idsOf(choices: readonly Choice[]): (string | null)[] {
	return choices.map(({ chosen }) => chosen?.agent_id ?? null);
}
