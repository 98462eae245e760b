import type { TicketPublisher } from "../../activities/publish-tickets.ts";
import { watchPartitionOwners } from "../messaging/partition-owners.ts";
import { bindByArm } from "../scheduling/bind-by-arm.ts";
import {
	createRouteTickets,
	type RouteTicket,
} from "../scheduling/route-tickets.ts";
import { hasFeature } from "./open-features.ts";
import type { Parts } from "./parts.ts";

export interface TicketRouting {
	/** A partition of a ticket's worker. */
	routeTicket?: RouteTicket;
	/** Whether the tickets of a plan go to their workers. */
	isBound(planId: string): boolean;
	observed(publisher: TicketPublisher): TicketPublisher;
}

/**
 * How tickets find a partition of their worker: with `TICKETS_ROUTING=worker` all, with the feature
 * `binding_routing` those of some plans.
 */
export async function openRouting(parts: Parts): Promise<TicketRouting> {
	const { scheduler } = parts.config;
	const observed = (publisher: TicketPublisher) => publisher;
	if (scheduler.routing !== undefined)
		return {
			routeTicket: await openRoutes(parts, scheduler.routing),
			isBound: () => true,
			observed,
		};
	if (!hasFeature(parts.config, "binding_routing"))
		return { isBound: () => false, observed };
	const group = { groupId: scheduler.workerGroupId };
	return bindByArm(await openRoutes(parts, group), parts.featureArms);
}

async function openRoutes(
	{ kafka, topics, workers, metrics, lifecycle }: Parts,
	group: { groupId: string },
): Promise<RouteTicket> {
	const topic = topics.tickets.name;
	const owners = await lifecycle.start(
		"partition owners",
		async () => watchPartitionOwners(kafka, { ...group, topic }),
		(it) => it.close(),
	);
	return createRouteTickets({ directory: workers, owners, metrics });
}
