import type { PlanCommand, PlanCommandName } from "../src/domain/plan-run.ts";
import type { AllocationRecord } from "../src/scheduling/explanations.ts";
import type { PlanView } from "./judge.ts";

/** The service's REST API as any client sees it. */
export interface DemoApi {
	/** undefined: no such plan, or not yet. */
	plan(planId: string): Promise<PlanView | undefined>;
	/** Why the last ticket of the plan went to its worker; undefined: it was given to none. */
	allocation(planId: string): Promise<AllocationRecord | undefined>;
	command(
		planId: string,
		name: PlanCommandName,
		command: PlanCommand,
	): Promise<void>;
	/** Whether `/ready` says that all of the service works. */
	isReady(): Promise<boolean>;
}

const REQUEST_TIMEOUT_MS = 5_000;

/** Rejects with what the API answered when it refuses. */
export function createDemoApi(baseUrl: string): DemoApi {
	async function ask(path: string, init: RequestInit = {}): Promise<Response> {
		const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
		return await fetch(new URL(path, baseUrl), { ...init, signal });
	}

	return {
		async plan(planId) {
			const response = await ask(planPath(planId));
			if (response.status === 404) return undefined;
			if (!response.ok) throw await refusal(response);
			return (await response.json()) as PlanView;
		},
		async allocation(planId) {
			const page = await ask(`${planPath(planId)}/tickets`);
			if (!page.ok) throw await refusal(page);
			const { tickets } = (await page.json()) as {
				tickets: { ticket_id: string }[];
			};
			const ticket = tickets.at(-1);
			if (ticket === undefined) return undefined;
			const id = encodeURIComponent(ticket.ticket_id);
			const response = await ask(`/api/v1/tickets/${id}/allocation`);
			if (response.status === 404) return undefined;
			if (!response.ok) throw await refusal(response);
			return (await response.json()) as AllocationRecord;
		},
		async command(planId, name, command) {
			const response = await ask(`${planPath(planId)}/${name}`, {
				method: "POST",
				headers: { "content-type": "application/json" },
				body: JSON.stringify(command),
			});
			if (!response.ok) throw await refusal(response);
		},
		async isReady() {
			const response = await ask("/ready");
			const { mode } = (await response.json()) as { mode?: string };
			return response.ok && mode === "full";
		},
	};
}

function planPath(planId: string): string {
	return `/api/v1/plans/${encodeURIComponent(planId)}`;
}

async function refusal(response: Response): Promise<Error> {
	const text = await response.text();
	return new Error(`${response.url} answered ${response.status}: ${text}`);
}
