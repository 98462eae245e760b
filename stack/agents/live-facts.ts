import type { Heartbeat } from "../../src/registry/ports.ts";
import type { AttemptReport } from "./result-record.ts";

/** What an agent says of itself with each heartbeat. */
export type LiveFacts = Pick<Heartbeat, "telemetry" | "metadata">;

export interface FactKeeper {
	/** Runs one execution; what it reports is counted. */
	during(
		ticketId: string,
		execution: () => Promise<AttemptReport>,
	): Promise<AttemptReport>;
	now(): LiveFacts;
}

/** The success rate and the mean duration are those of the last executions: agents change. */
const REMEMBERED_EXECUTIONS = 100;
/** Named in a heartbeat; the number of all is in its telemetry. */
const NAMED_TICKETS = 20;

/** Keeps what one agent with so many places does and did. */
export function createFactKeeper(concurrency: number): FactKeeper {
	const executing = new Map<string, number>();
	const recent: { succeeded: boolean; durationMs: number }[] = [];
	let total = 0;
	let failed = 0;
	let lastAtMs = 0;

	function remember(succeeded: boolean, durationMs: number): void {
		total += 1;
		if (!succeeded) failed += 1;
		lastAtMs = Date.now();
		recent.push({ succeeded, durationMs });
		if (recent.length > REMEMBERED_EXECUTIONS) recent.shift();
	}

	const meanOf = (values: readonly number[], fallback: number) =>
		values.length === 0
			? fallback
			: values.reduce((sum, one) => sum + one, 0) / values.length;

	return {
		async during(ticketId, execution) {
			const startedAtMs = Date.now();
			executing.set(ticketId, startedAtMs);
			try {
				const report = await execution();
				const { status, durationMs } = report;
				remember(
					status === "COMPLETED",
					durationMs ?? Date.now() - startedAtMs,
				);
				return report;
			} finally {
				executing.delete(ticketId);
			}
		},
		now() {
			const named = [...executing]
				.slice(0, NAMED_TICKETS)
				.map(([ticket_id, since_ms]) => ({ ticket_id, since_ms }));
			return {
				telemetry: {
					success_rate: meanOf(
						recent.map(({ succeeded }) => Number(succeeded)),
						1,
					),
					avg_duration_ms: Math.round(
						meanOf(
							recent.map(({ durationMs }) => durationMs),
							0,
						),
					),
					total_executions: total,
					failed_executions: failed,
					last_execution_at: lastAtMs,
					active_tasks: executing.size,
					max_concurrent_tasks: concurrency,
				},
				metadata: { executing: JSON.stringify(named) },
			};
		},
	};
}
