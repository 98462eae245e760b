import type { ExecutionTicket } from "../../schemas/execution-ticket.ts";

const riskScores = new Map([
	["critical", 1],
	["high", 0.7],
	// Above `normal` and what nobody knows, which say nothing of a risk, and below `high`.
	["medium", 0.6],
	["normal", 0.5],
	["low", 0.3],
]);
const deliveryScores: Record<string, number> = {
	EXACTLY_ONCE: 1,
	AT_LEAST_ONCE: 0.7,
	AT_MOST_ONCE: 0.5,
};
const consistencyScores: Record<string, number> = { STRONG: 1, EVENTUAL: 0.85 };
const durabilityScores: Record<string, number> = {
	PERSISTENT: 1,
	TRANSIENT: 0.9,
	EPHEMERAL: 0.8,
};

export interface PriorityInput {
	risk_band: string;
	/** The priority of a command: it counts as an equally high risk, and never lowers the plan's own. */
	asked_priority?: string | undefined;
	qos: ExecutionTicket["qos"];
	created_at: number;
	/** Unix epoch, ms. */
	deadline: number;
	nowMs: number;
}

/** How much each part of a priority counts; they add up to 1. */
export interface PriorityWeights {
	risk: number;
	qos: number;
	sla: number;
}

export const defaultPriorityWeights: PriorityWeights = {
	risk: 0.4,
	qos: 0.3,
	sla: 0.3,
};

/** 0 to 1: `0.4 risk + 0.3 qos + 0.3 sla urgency`, unless weighed otherwise (contracts.md, "Priority score"). */
export function scorePriority(
	input: PriorityInput,
	weights: PriorityWeights = defaultPriorityWeights,
): number {
	const own = riskScores.get(input.risk_band.toLowerCase()) ?? 0.5;
	const asked = riskScores.get(input.asked_priority?.toLowerCase() ?? "") ?? 0;
	const risk = Math.max(own, asked);
	const score =
		weights.risk * risk +
		weights.qos * scoreQos(input.qos) +
		weights.sla * scoreUrgency(input);
	return Math.min(1, Math.max(0, score));
}

function scoreQos({
	delivery_mode,
	consistency,
	durability,
}: ExecutionTicket["qos"]): number {
	return (
		(deliveryScores[delivery_mode] ?? 0.7) *
		(consistencyScores[consistency] ?? 0.85) *
		(durabilityScores[durability] ?? 1)
	);
}

function scoreUrgency({ created_at, deadline, nowMs }: PriorityInput): number {
	const totalMs = deadline - created_at;
	if (totalMs <= 0) return 1;
	const consumedPercent = ((nowMs - created_at) / totalMs) * 100;
	if (consumedPercent < 50) return 0.3;
	return consumedPercent < 80 ? 0.7 : 1;
}
