import type { TicketFacts, TicketPrediction } from "./prediction.ts";

/** Millicores and MB of a minute's work of medium risk: the earlier service's table, and its rule for the rest. */
const baselines: Record<string, readonly [cpuM: number, memoryMb: number]> = {
	BUILD: [500, 512],
	DEPLOY: [200, 1_024],
	TEST: [300, 256],
	VALIDATE: [200, 256],
	EXECUTE: [300, 512],
};
const OTHERS = [300, 512] as const;
const riskFactors = { critical: 1.5, high: 1.3, medium: 1, low: 0.8 };

/** What a ticket that runs so long will need: 100 to 4,000 millicores, 128 to 4,096 MB. */
export function estimateResources(
	{ task_type, risk_band }: Pick<TicketFacts, "task_type" | "risk_band">,
	durationMs: number,
): TicketPrediction["resource_estimate"] {
	const [cpuM, memoryMb] = baselines[task_type] ?? OTHERS;
	const risk = riskFactors[risk_band] ?? 1;
	const length = clamp(durationMs / 60_000, 0.5, 3);
	return {
		cpu_m: Math.round(clamp(cpuM * risk * length, 100, 4_000)),
		memory_mb: Math.round(clamp(memoryMb * risk, 128, 4_096)),
	};
}

function clamp(value: number, low: number, high: number): number {
	return Math.min(high, Math.max(low, value));
}
