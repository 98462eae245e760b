/** What is known of a worker that says how good it is. */
export interface ScoredWorker {
	status: "HEALTHY" | "DEGRADED" | "UNHEALTHY";
	telemetry: {
		success_rate: number;
		avg_duration_ms: number;
		total_executions: number;
	} | null;
}

/** The parts of a worker's score, 0 to 1 each. */
export interface WorkerScore {
	health: number;
	telemetry: number;
	/** What others report of the worker; 0.5 until somebody does. */
	traces: number;
}

/** The one place of these weights: the registry ranks by them and the scheduler chooses by them. */
export const workerScoreWeights = {
	health: 0.4,
	telemetry: 0.3,
	traces: 0.3,
} as const;

const healthScores = { HEALTHY: 1, DEGRADED: 0.6, UNHEALTHY: 0.3 } as const;
/** Of something nobody knows yet. */
const UNKNOWN_SCORE = 0.5;
/** An execution that takes so long on average earns nothing for speed. */
const SLOW_MS = 5_000;
/** So many executions are experience enough. */
const EXPERIENCED_COUNT = 1_000;

export function scoreWorker({ status, telemetry }: ScoredWorker): WorkerScore {
	return {
		health: healthScores[status] ?? UNKNOWN_SCORE,
		telemetry: scoreTelemetry(telemetry),
		traces: UNKNOWN_SCORE,
	};
}

/** 0 to 1: `0.4 health + 0.3 telemetry + 0.3 traces`. */
export function weighWorker(score: WorkerScore): number {
	return (
		workerScoreWeights.health * score.health +
		workerScoreWeights.telemetry * score.telemetry +
		workerScoreWeights.traces * score.traces
	);
}

/** 0 to 1: `0.6 success rate + 0.2 speed + 0.2 experience`; numbers that are none count as unknown. */
export function scoreTelemetry(telemetry: ScoredWorker["telemetry"]): number {
	if (telemetry === null) return UNKNOWN_SCORE;
	const { success_rate, avg_duration_ms, total_executions } = telemetry;
	const score =
		0.6 * clampRatio(success_rate) +
		0.2 * clampRatio(1 - avg_duration_ms / SLOW_MS) +
		0.2 * clampRatio(total_executions / EXPERIENCED_COUNT);
	return Number.isFinite(score) ? score : UNKNOWN_SCORE;
}

/** The number, held between 0 and 1. */
export function clampRatio(value: number): number {
	return Math.min(1, Math.max(0, value));
}
