import { watchPartitionOwners } from "../messaging/partition-owners.ts";
import {
	createRouteTickets,
	type RouteTicket,
} from "../scheduling/route-tickets.ts";
import type { Parts } from "./parts.ts";

/** With `TICKETS_ROUTING=worker`: how tickets find a partition of their worker. */
export async function openRouting({
	config,
	kafka,
	topics,
	workers,
	metrics,
	lifecycle,
}: Parts): Promise<RouteTicket | undefined> {
	const { routing } = config.scheduler;
	if (routing === undefined) return undefined;
	const topic = topics.tickets.name;
	const owners = await lifecycle.start(
		"partition owners",
		async () => watchPartitionOwners(kafka, { ...routing, topic }),
		(it) => it.close(),
	);
	return createRouteTickets({
		directory: workers,
		owners,
		metrics,
	});
}
