import { withEstimate } from "../domain/prediction/estimate.ts";
import type { TicketFacts } from "../domain/prediction/prediction.ts";
import { factsOfTicket } from "../domain/prediction/ticket-facts.ts";
import type { MlSources, TicketExplanation } from "./ml-ports.ts";

type Known = NonNullable<Awaited<ReturnType<MlSources["readTicket"]>>>;

interface Alternative {
	fact: string;
	value: string;
	instead: string;
	change: Partial<TicketFacts>;
}

/**
 * The recorded prediction beside today's, and what each fact does: the model is asked again with that fact alone changed, so
 * the answer holds for every model, also one of others.
 */
export function explainTicket(
	{ ticket, tenant }: Known,
	{
		predictor,
		proposeTimeout,
	}: Pick<MlSources, "predictor" | "proposeTimeout">,
	nowMs: number,
): TicketExplanation {
	const atMs = ticket.published_at ?? nowMs;
	const facts = factsOfTicket(ticket, { tenant, nowMs: atMs });
	const alternatives = alternativesOf(facts);
	const [now, ...others] =
		predictor?.preview([
			facts,
			...alternatives.map(({ change }) => ({ ...facts, ...change })),
		]) ?? [];
	return {
		ticket_id: ticket.ticket_id,
		plan_id: ticket.plan_id,
		task_type: ticket.task_type,
		recorded: withEstimate(ticket).predictions ?? null,
		now: now ?? null,
		actual_duration_ms: ticket.actual_duration_ms,
		estimated_duration_ms: ticket.estimated_duration_ms,
		proposed_timeout_ms: proposeTimeout(facts),
		effects: others.map(({ duration_ms }, at) => {
			const { fact, value, instead } = alternatives[at] as Alternative;
			return { fact, value, instead, duration_ms };
		}),
	};
}

/** Facts that are not at their plain value already. */
function alternativesOf(facts: TicketFacts): Alternative[] {
	const { estimated_duration_ms: estimate, qos } = facts;
	const hour = new Date(facts.at_ms).getUTCHours();
	const list: (Alternative | false)[] = [
		{
			...{ fact: "estimated_duration_ms", value: String(estimate) },
			instead: String(2 * estimate),
			change: { estimated_duration_ms: 2 * estimate },
		},
		facts.parameters_size > 2 && {
			...{ fact: "parameters_size", value: String(facts.parameters_size) },
			...{ instead: "2", change: { parameters_size: 2 } },
		},
		facts.required_capabilities.length > 0 && {
			fact: "required_capabilities",
			value: facts.required_capabilities.join(", "),
			...{ instead: "none", change: { required_capabilities: [] } },
		},
		facts.risk_band !== "low" && {
			...{ fact: "risk_band", value: facts.risk_band },
			...{ instead: "low", change: { risk_band: "low" } },
		},
		(qos.delivery_mode !== "AT_LEAST_ONCE" ||
			qos.consistency !== "EVENTUAL") && {
			fact: "qos",
			value: `${qos.delivery_mode}, ${qos.consistency}`,
			instead: "AT_LEAST_ONCE, EVENTUAL",
			change: {
				qos: {
					...qos,
					...{ delivery_mode: "AT_LEAST_ONCE", consistency: "EVENTUAL" },
				},
			},
		},
		facts.retry_count > 0 && {
			...{ fact: "retry_count", value: String(facts.retry_count) },
			...{ instead: "0", change: { retry_count: 0 } },
		},
		{
			...{ fact: "hour_of_day", value: `${hour} h UTC` },
			instead: `${(hour + 12) % 24} h UTC`,
			change: { at_ms: facts.at_ms + 12 * 3_600_000 },
		},
		facts.tenant !== "default" && {
			...{ fact: "tenant", value: facts.tenant },
			...{ instead: "default", change: { tenant: "default" } },
		},
	];
	return list.filter((one) => one !== false);
}
