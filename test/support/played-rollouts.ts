import type { StepInput } from "../../src/domain/rollout/spec.ts";
import type { Phase, RolloutState } from "../../src/domain/rollout/state.ts";
import { eventually } from "./eventually.ts";
import type { openRolloutWorld } from "./rollout-world.ts";

export const by = { actor: "ana", reason: "a test" };
export const ramp = (weight: number): StepInput => ({
	...{ ramp: weight, soak: "5s", minSample: 20 },
});
export const short: StepInput[] = [
	...[{ smoke: {} }, ramp(25), ramp(50), { promote: {} }],
	{ verify: { holdback: 25, for: "4s" } },
];
export const forever: StepInput[] = [{ ramp: 25, soak: "1h" }, { promote: {} }];
/** A busy machine takes its time. */
export const PATIENCE_MS = 90_000;
export type World = Awaited<ReturnType<typeof openRolloutWorld>>;

export const specOf = (
	{ deployment }: World,
	steps: StepInput[],
	buildId = "b2",
) => ({
	...{ deployment, target: { buildId }, steps, margin: 0.2 },
});

export async function until(world: World, phase: Phase): Promise<RolloutState> {
	return await eventually(async () => {
		const found = await world.store.read(world.deployment);
		return found?.state.phase === phase && found.state;
	}, PATIENCE_MS);
}

export const typesOf = (world: World, rolloutId: string) =>
	world.store
		.listEvents(rolloutId)
		.then((events) => events.map(({ type }) => type));
