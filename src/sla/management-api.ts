import { setTimeout as sleep } from "node:timers/promises";
import { isBurning } from "../domain/sla/error-budget.ts";
import { readBudgets } from "../domain/sla/read-budgets.ts";
import { OrchestratorError } from "../errors.ts";
import { readAnswer } from "../read-answer.ts";
import type { BudgetSource } from "./budgets.ts";

export interface ManagementApiSettings {
	/** `http://host:port`. */
	url: string;
	serviceName: string;
	/** For all tries together. */
	timeoutMs: number;
}

const TRIES = 3;
const BACKOFF_MS = 200;
/** A hundred budgets take a fraction of it. */
const MAX_BYTES = 1_048_576;

/**
 * Error budgets of the SLA management system. Throws BUDGETS_UNKNOWN when it does not answer in time, or answers
 * anything but a list of budgets: what nobody knows is never fine.
 */
export function createManagementApi({
	url,
	serviceName,
	timeoutMs,
}: ManagementApiSettings): BudgetSource {
	const address = new URL("/api/v1/budgets", url);
	address.searchParams.set("service_name", serviceName);

	async function ask(signal: AbortSignal) {
		const response = await fetch(address, {
			headers: { accept: "application/json" },
			signal,
			redirect: "error",
		});
		if (!response.ok) {
			await response.body?.cancel();
			throw new Error(`it answers ${response.status}`);
		}
		const text = (await readAnswer(response, MAX_BYTES)).toString();
		const budgets = readBudgets(JSON.parse(text), serviceName);
		if (budgets === undefined)
			throw new Error("its answer is no list of budgets");
		return budgets;
	}

	return {
		name: "sla-management",
		async read() {
			const signal = AbortSignal.timeout(timeoutMs);
			for (let tried = 1; ; tried += 1) {
				try {
					const budgets = await ask(signal);
					const burning = budgets.filter((one) => isBurning(one));
					return { budgets, burning: burning.map(({ slo_id }) => slo_id) };
				} catch (cause) {
					if (tried === TRIES || signal.aborted)
						throw new OrchestratorError(
							"BUDGETS_UNKNOWN",
							`error budgets cannot be read from ${address.origin}: ${(cause as Error).message}`,
							{ cause },
						);
					await sleep(BACKOFF_MS * tried, undefined, { signal }).catch(
						() => undefined,
					);
				}
			}
		},
	};
}
