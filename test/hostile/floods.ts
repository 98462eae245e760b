import { attemptId } from "../../src/domain/ticket-ids.ts";
import { type Attacker, type InputRole, jsonRecord } from "./attacker.ts";
import { resultOf } from "./oversized.ts";
import type { RawRecord } from "./record-batch.ts";

const BATCH = 500;

/** Results for a plan that has no tickets yet, by ids that nobody has. */
export async function floodResults(
	attacker: Attacker,
	planId: string,
	count: number,
): Promise<void> {
	await sendMany(
		attacker,
		"results",
		"result for a plan that waits",
		count,
		(index) => {
			const ticketId = `${planId}-ticket-${index}`;
			return jsonRecord(ticketId, resultOf(ticketId, "COMPLETED"), {
				"x-neural-hive-plan-id": planId,
			});
		},
	);
}

/** COMPLETED for tickets whose ids anybody can work out, before their time has come. */
export async function foretellResults(
	attacker: Attacker,
	planId: string,
	taskIds: readonly string[],
): Promise<void> {
	const records = taskIds.map((taskId) => {
		const ticketId = attemptId({
			planId,
			taskId,
			generation: 1,
			attempt: 1,
			compensation: false,
		});
		return jsonRecord(ticketId, resultOf(ticketId, "COMPLETED"), {
			"x-neural-hive-plan-id": planId,
		});
	});
	await attacker.send("results", "result before its ticket was due", records);
}

/** Results and answers about plans that nobody knows. */
export async function sendStrangers(
	attacker: Attacker,
	name: string,
	count: number,
): Promise<void> {
	await sendMany(
		attacker,
		"results",
		"result without a plan",
		count,
		(index) => {
			const ticketId = `${name}-stranger-${index}`;
			// Every other one names a plan, which there is none of.
			const plan =
				index % 2 === 0
					? { "x-neural-hive-plan-id": `${name}-none-${index}` }
					: {};
			return jsonRecord(ticketId, resultOf(ticketId, "COMPLETED"), plan);
		},
	);
	await sendMany(
		attacker,
		"approvalResponses",
		"approval for an unknown plan",
		count,
		(index) => {
			const planId = `${name}-unknown-${index}`;
			return jsonRecord(planId, answerOf(planId, `person ${index}`));
		},
	);
}

/** An approval as the approval service writes it. */
export function answerOf(planId: string, who: string): object {
	return {
		plan_id: planId,
		intent_id: `intent-${planId}`,
		decision: "approved",
		approved_by: who,
		approved_at: Date.now(),
		rejection_reason: null,
		cognitive_plan_json: null,
		plan_hash: null,
	};
}

async function sendMany(
	attacker: Attacker,
	role: InputRole,
	what: string,
	count: number,
	make: (index: number) => RawRecord,
): Promise<void> {
	for (let from = 0; from < count; from += BATCH) {
		const length = Math.min(BATCH, count - from);
		const records = Array.from({ length }, (_, at) => make(from + at));
		await attacker.send(role, what, records, "gzip");
	}
}
