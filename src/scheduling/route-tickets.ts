import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";
import type { WorkerDirectory } from "../plans/worker-directory.ts";
import type { Metrics } from "../telemetry/metrics.ts";
import { perView } from "./per-view.ts";

/** What is known of who reads which partition of the tickets' topic. */
export interface Owners {
	partitionsOf(clientId: string): readonly number[];
}

/** A partition that the ticket's worker reads now; undefined: the ticket goes by its key. */
export type RouteTicket = (
	ticket: ExecutionTicket,
) => Promise<number | undefined>;

/**
 * Makes choices hold: under V2 a ticket goes to a partition of the worker that was chosen for it, in turns when
 * it has several. A rebalance in between does no harm: the new owner executes the ticket.
 */
export function createRouteTickets({
	directory,
	owners,
	metrics,
}: {
	directory: WorkerDirectory;
	owners: Owners;
	metrics: Pick<Metrics, "schedulerRoutings">;
}): RouteTicket {
	const clientIds = perView(
		(workers) =>
			new Map(
				workers.map(({ agent_id, kafka_client_id }) => [
					agent_id,
					kafka_client_id,
				]),
			),
	);
	let turn = 0;
	return async ({ metadata }) => {
		const { assigned_agent_id, allocation_method, orchestrator_version } =
			metadata;
		if (orchestrator_version !== "V2") return undefined;
		if (allocation_method !== "intelligent_scheduler") {
			metrics.schedulerRoutings.inc({ to: "not_chosen" });
			return undefined;
		}
		const known = clientIds(await directory.view());
		const clientId = known.get(assigned_agent_id ?? "") ?? null;
		const partitions = clientId === null ? [] : owners.partitionsOf(clientId);
		if (partitions.length === 0) {
			metrics.schedulerRoutings.inc({ to: "owner_unknown" });
			return undefined;
		}
		metrics.schedulerRoutings.inc({ to: "worker" });
		turn += 1;
		return partitions[turn % partitions.length];
	};
}
