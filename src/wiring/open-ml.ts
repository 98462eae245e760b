import type { TicketDocument } from "../domain/documents.ts";
import { toJson } from "../domain/json-text.ts";
import { proposeTimeout } from "../domain/prediction/predict.ts";
import { proposeWeights } from "../domain/prediction/propose-weights.ts";
import type { ReplayedPolicy } from "../domain/prediction/replayed-decision.ts";
import { isRetryable } from "../errors.ts";
import type { DecisionDryRuns, StoredPlans } from "../plans/plan-ports.ts";
import type { MlSources } from "../prediction/ml-ports.ts";
import { createRecordedAllocations } from "../scheduling/recorded-choices.ts";
import { createReplayDecisions } from "../scheduling/replay-decisions.ts";
import { createLedger, type Ledger } from "../storage/ledger.ts";
import type { Parts } from "./parts.ts";

interface Asked {
	stored: StoredPlans;
	dryRuns: DecisionDryRuns;
}

/** What `/api/v1/ml` and `/health/ml` ask for. */
export function mlSources(
	{ config, mongo, predictor, models, workers: directory }: Parts,
	{ stored, dryRuns }: Asked,
): MlSources {
	const recorded = createRecordedAllocations(mongo);
	const tenantOf = async (planId: string) =>
		(await stored.readPlan(planId))?.tenant ?? "default";
	const ledger = createLedger(mongo);
	return {
		...{ predictor, view: models.view.state },
		registry: models.registry,
		...{ training: models.training, learning: models.learning },
		auditLog: models.auditLog,
		async readTicket(ticketId) {
			const ticket = await stored.readTicket(ticketId);
			if (ticket === undefined) return undefined;
			return { ticket, tenant: await tenantOf(ticket.plan_id) };
		},
		proposeTimeout(facts) {
			const known = models.view.current();
			if (known === null) return null;
			return proposeTimeout(facts, known.model, known.correction);
		},
		proposeWeights: async () =>
			proposeWeights(
				await recorded.readChoices(),
				config.scheduler.agentWeight,
			),
		replayDecisions: createReplayDecisions({
			...{ stored, recorded, directory, predictor, tenantOf },
			settings: config.scheduler,
			judge: createJudge(dryRuns, ledger),
		}),
	};
}

/** Policies are asked by a dry run of the plan: nothing of it is counted or written down. */
function createJudge(dryRuns: DecisionDryRuns, ledger: Ledger) {
	return async (
		planId: string,
		tickets: readonly TicketDocument[],
	): Promise<ReplayedPolicy> => {
		const written = await ledger.readPlan(planId);
		const plan = written ?? planOf(planId, tickets);
		const plan_from = written === undefined ? "tickets" : "ledger";
		const unknown: ReplayedPolicy = {
			...{ outcome: null, denied_tasks: [], plan_from },
		};
		try {
			const bytes = Buffer.from(toJson(plan));
			const answer = await dryRuns.dryRun(bytes, "replay of decisions");
			const { policy } = JSON.parse(Buffer.from(answer).toString()) as {
				policy?: { outcome: string; denied_tasks: string[] };
			};
			if (policy === undefined) return unknown;
			const { outcome, denied_tasks } = policy;
			return { outcome, denied_tasks, plan_from };
		} catch (error) {
			// Others wait for dry runs: what else there is to see is shown all the same.
			if (isRetryable(error)) return unknown;
			throw error;
		}
	};
}

/** The plan again, as far as its tickets have it. */
function planOf(planId: string, tickets: readonly TicketDocument[]) {
	const own = tickets.filter(({ compensates }) => compensates === null);
	const taskOf = new Map(
		own.map(({ ticket_id, task_id }) => [ticket_id, task_id]),
	);
	const tasks = new Map(
		own.map((ticket) => [
			ticket.task_id,
			{
				...{ task_id: ticket.task_id, task_type: ticket.task_type },
				description: ticket.description,
				dependencies: ticket.dependencies.flatMap((id) => taskOf.get(id) ?? []),
				estimated_duration_ms: ticket.estimated_duration_ms,
				required_capabilities: ticket.required_capabilities,
				parameters: ticket.parameters,
			},
		]),
	);
	const [first] = own;
	return {
		...{ plan_id: planId, intent_id: first?.intent_id },
		risk_band: first?.risk_band,
		execution_order: [...tasks.keys()],
		tasks: [...tasks.values()],
	};
}
