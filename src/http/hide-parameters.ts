import type { Redact } from "../domain/redact.ts";
import type { RunningPlans, StoredPlans } from "../plans/plan-ports.ts";
import type { Workflows } from "../plans/workflow-ports.ts";

/** From where the API has tickets. */
export interface TicketSources {
	stored: StoredPlans;
	running: RunningPlans;
	workflows: Workflows;
}

/**
 * The same sources, with the values of sensitive parameters hidden in whatever they answer: no role of the API
 * may see them. Workers get tickets from Kafka, as they are.
 */
export function hideParameters(
	{ stored, running, workflows }: TicketSources,
	{ parameters: hide }: Pick<Redact, "parameters">,
): TicketSources {
	return {
		stored: {
			...stored,
			readTicket: async (id) => hide(await stored.readTicket(id)),
			listTickets: async (...about) => hide(await stored.listTickets(...about)),
		},
		running: {
			...running,
			readTickets: async (...about) =>
				hide(await running.readTickets(...about)),
			readTicketPage: async (...about) =>
				hide(await running.readTicketPage(...about)),
		},
		workflows: {
			...workflows,
			query: async (...about) => hide(await workflows.query(...about)),
		},
	};
}
