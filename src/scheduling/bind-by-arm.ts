import type {
	TicketBatch,
	TicketPublisher,
} from "../../activities/publish-tickets.ts";
import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { FeatureArms } from "../plans/feature-arms.ts";
import type { RouteTicket } from "./route-tickets.ts";

const feature = "binding_routing";

/**
 * Tickets of some plans go to a partition of their worker, by the feature `binding_routing`; those of the others by
 * their key. A call is a ticket that a worker was chosen for; it fails when it is not published, and with the feature
 * also when it goes by its key after all, because nobody knows a partition of its worker.
 */
export function bindByArm(route: RouteTicket, arms: FeatureArms) {
	/** Wire ids of tickets that went by their key after all. */
	const astray = new Set<string>();
	const isBound = (planId: string) => arms.armOf(feature, planId) === "canary";

	async function routeTicket(ticket: ExecutionTicket) {
		if (!isBound(ticket.plan_id)) return undefined;
		const partition = await route(ticket);
		if (partition === undefined && isCall(ticket)) astray.add(ticket.ticket_id);
		return partition;
	}

	async function observe(batch: TicketBatch, publish: () => Promise<void>) {
		const arm = arms.armOf(feature, batch.plan_id);
		const ids = batch.tickets.filter(isCall).map(({ ticket_id }) => ticket_id);
		if (arm === null || ids.length === 0) return await publish();
		const startedMs = performance.now();
		const end = (failures: number) => {
			const durationMs = (performance.now() - startedMs) * ids.length;
			arms.record({ feature, arm, calls: ids.length, failures, durationMs });
		};
		try {
			await publish();
			end(ids.filter((id) => astray.has(id)).length);
		} catch (error) {
			end(ids.length);
			throw error;
		} finally {
			for (const id of ids) astray.delete(id);
		}
	}

	return {
		isBound,
		routeTicket,
		/** The publisher, with every batch recorded. */
		observed: (publisher: TicketPublisher): TicketPublisher => ({
			publishTickets: (batch, bounds) =>
				observe(batch, () => publisher.publishTickets(batch, bounds)),
		}),
	};
}

export type BindByArm = ReturnType<typeof bindByArm>;

function isCall({ metadata }: ExecutionTicket): boolean {
	return (
		metadata.orchestrator_version === "V2" &&
		metadata.allocation_method === "intelligent_scheduler"
	);
}
