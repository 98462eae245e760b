import { publishSteadily } from "./flow.ts";
import { mixPlan } from "./plan-mix.ts";
import { createRandom } from "./random.ts";
import { settle } from "./settle.ts";
import type { World } from "./world.ts";

/** With less a worker's V8 has not taken yet what it keeps for good: it grows by 120 MB in its first hundred plans. */
const PLANS = 100;
const INTERVAL_MS = 100;
const SHORT_PLANS = 8;
const TIMEOUT_MS = 180_000;

/**
 * Lets every process do its work once, then notes its memory and handles: what a fault leaves is measured against
 * that. Answers how many plans a second ended.
 */
export async function warmUp(
	world: World,
	{ seed, isShort }: { seed: number; isShort: boolean },
): Promise<number> {
	const random = createRandom(seed);
	const length = isShort ? SHORT_PLANS : PLANS;
	const plans = Array.from({ length }, (_, index) =>
		mixPlan(`warm-${seed}-${index}`, index, random),
	);
	const startedAtMs = Date.now();
	await publishSteadily(world, plans, INTERVAL_MS, { copies: 1, windowMs: 0 });
	const open = await settle(world, TIMEOUT_MS);
	const settledAtMs = Date.now();
	if (open.length > 0) throw new Error(`not warm: ${open.join("; ")}`);
	for (const process of world.processes.all)
		world.baseline.set(process.name, await process.vitals());
	return (length * 1_000) / (settledAtMs - startedAtMs);
}
