import type { ExecutionTicket } from "../schemas/execution-ticket.ts";
import { createRandom, gaussian } from "../src/domain/seeded-random.ts";
import { parametersOf } from "./makespan.ts";
import type { PlanShape } from "./plan-shapes.ts";

interface TypeOfWork {
	task_type: ExecutionTicket["task_type"];
	/** Of all tickets, 0 to 1. */
	share: number;
	medianMs: number;
	/** What its tickets take from the drift on, to before. */
	drift: number;
	/** Tickets from the drift on within which it must be seen; null: it does not drift. */
	seenWithin: number | null;
}

/** What comes long enough that a timer on a busy machine is no part of it. */
export const work: readonly TypeOfWork[] = [
	made("EXECUTE", { share: 0.5, medianMs: 300, drift: 1.15, within: 1_000 }),
	made("BUILD", { share: 0.2, medianMs: 500, drift: 1.35, within: 200 }),
	made("QUERY", { share: 0.15, medianMs: 250 }),
	made("VALIDATE", { share: 0.15, medianMs: 400 }),
];

/** In log: how tickets of a type differ, what nobody knows of one, and how far its estimate is off. */
const SPREAD = 0.6;
const NOISE = 0.15;
const ESTIMATE_SPREAD = 0.4;
/** Teams promise too much. */
const ESTIMATE_FACTOR = 0.7;
const MOST_TASKS = 4;

/** One plan of one to four tasks side by side, the same for the same seed. */
export function learningPlan(seed: number, isDrifted: boolean): PlanShape {
	const random = createRandom(seed);
	const spread = (sigma: number) => Math.exp(sigma * gaussian(random));
	const count = 1 + Math.floor(MOST_TASKS * random());
	const tasks = Array.from({ length: count }, (_, at) => {
		const { task_type, medianMs, drift } = pick(random());
		const knownMs = medianMs * spread(SPREAD);
		const durationMs = knownMs * spread(NOISE) * (isDrifted ? drift : 1);
		const estimatedMs = knownMs * ESTIMATE_FACTOR * spread(ESTIMATE_SPREAD);
		return {
			...{ task_id: `t-${at}`, task_type },
			estimated_duration_ms: Math.max(1, Math.round(estimatedMs)),
			parameters: parametersOf({
				durationMs: Math.round(durationMs),
				predictedMs: knownMs,
			}),
		};
	});
	return { name: "fan-out", tasks };
}

function pick(at: number): TypeOfWork {
	let rest = at;
	const found = work.find(({ share }) => {
		rest -= share;
		return rest < 0;
	});
	return found ?? (work[0] as TypeOfWork);
}

function made(
	task_type: TypeOfWork["task_type"],
	{
		share,
		medianMs,
		drift = 1,
		within = null,
	}: {
		share: number;
		medianMs: number;
		drift?: number;
		within?: number | null;
	},
): TypeOfWork {
	return { task_type, share, medianMs, drift, seenWithin: within };
}
