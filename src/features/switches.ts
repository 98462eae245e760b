import type { FeatureName } from "../domain/features/feature-arm.ts";
import type { FeatureRouting } from "../domain/rollout/routing.ts";
import { hasCode, OrchestratorError } from "../errors.ts";
import type { RoutingStore } from "../rollout/routing-store.ts";
import type { RoutingView } from "../rollout/routing-view.ts";
import { noSwitches } from "./current-features.ts";

export interface FeatureSwitches {
	/** Off for all, durably; whoever was first stands. */
	disable(
		feature: FeatureName,
		off: FeatureRouting["disabled"][string],
	): Promise<FeatureRouting>;
	/** Its share again, counted anew. Throws COMMAND_REFUSED when it is not off. */
	reset(
		feature: FeatureName,
		by: { actor: string; reason: string },
	): Promise<FeatureRouting>;
}

/** Somebody else may change the document between reading and writing. */
const TRIES = 5;

/** Changes are in force here at once, elsewhere with the next reading. */
export function createFeatureSwitches(
	store: Pick<RoutingStore, "readAll" | "change">,
	routing: Pick<RoutingView, "refresh">,
): FeatureSwitches {
	async function change(
		by: { actor: string; reason: string },
		decide: (body: FeatureRouting) => FeatureRouting,
	): Promise<FeatureRouting> {
		for (let tries = 1; ; tries += 1) {
			const { features } = await store.readAll();
			const former = features?.body ?? noSwitches;
			const body = decide(former);
			if (body === former) return body;
			const expected = features?.revision ?? 0;
			const nowMs = Date.now();
			try {
				await store.change({
					...{ subject: "features", body, expected, nowMs },
					...by,
				});
				await routing.refresh();
				return body;
			} catch (error) {
				if (!hasCode(error, "ROUTING_CHANGED") || tries === TRIES) throw error;
			}
		}
	}

	return {
		disable: (feature, off) =>
			change(
				{ actor: off.by, reason: `${feature} off: ${off.reason}` },
				(body) =>
					body.disabled[feature] === undefined
						? { ...body, disabled: { ...body.disabled, [feature]: off } }
						: body,
			),
		reset: (feature, { actor, reason }) =>
			change({ actor, reason: `${feature} reset: ${reason}` }, (body) => {
				const { [feature]: off, ...disabled } = body.disabled;
				if (off === undefined)
					throw new OrchestratorError(
						"COMMAND_REFUSED",
						`feature ${feature} cannot be reset: it is not off`,
					);
				const resets = (body.resets[feature] ?? 0) + 1;
				return { disabled, resets: { ...body.resets, [feature]: resets } };
			}),
	};
}
