import type { Evidence, Finding } from "../evidence.ts";

/** Under V2 no ticket is on its topic before the results of its dependencies; compensations under both versions. */
export function checkOrder(evidence: Evidence): Finding[] {
	const publishedAt = firstTimes(
		evidence.tickets.map(({ logicalId, atMs }) => [logicalId, atMs]),
	);
	const logicalIds = new Map(
		evidence.tickets.map(({ wireId, logicalId }) => [wireId, logicalId]),
	);
	const completedAt = firstTimes(
		evidence.results.flatMap(({ wireId, status, atMs }) => {
			const logicalId = logicalIds.get(wireId);
			return status === "COMPLETED" && logicalId !== undefined
				? [[logicalId, atMs] as const]
				: [];
		}),
	);
	return evidence.plans.flatMap(({ planId, version }) => {
		const tickets = evidence.workflows.find(
			({ workflowId }) => workflowId === `orch-${planId}`,
		)?.tickets;
		const ordered = (tickets ?? []).filter(
			({ task_type }) => version === "V2" || task_type === "COMPENSATE",
		);
		return ordered.flatMap(({ ticket_id, task_id, dependencies }) => {
			const atMs = publishedAt.get(ticket_id);
			if (atMs === undefined) return [];
			return dependencies
				.filter((id) => !((completedAt.get(id) ?? Infinity) <= atMs))
				.map(
					(id): Finding => ({
						kind: "order",
						subject: planId,
						what: `ticket ${ticket_id} of task ${task_id} was published before ${id} had completed`,
					}),
				);
		});
	});
}

function firstTimes(
	times: readonly (readonly [string, number])[],
): Map<string, number> {
	const first = new Map<string, number>();
	for (const [name, atMs] of times)
		first.set(name, Math.min(atMs, first.get(name) ?? Infinity));
	return first;
}
