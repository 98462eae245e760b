import type { FeatureArms } from "../plans/feature-arms.ts";
import type { PolicyDocuments, PolicyEngine, PolicyInputs } from "./engine.ts";

export interface Evaluated {
	/** Who answered. */
	by: PolicyEngine["name"];
	documents: PolicyDocuments[];
}

/** Evaluates for a plan. Throws POLICY_UNAVAILABLE as an engine does. */
export type EvaluateFor = (
	planId: string,
	paths: readonly string[],
	inputs: PolicyInputs,
	untilMs: number,
) => Promise<Evaluated>;

/** Every plan by this engine. */
export function evaluateBy(engine: PolicyEngine): EvaluateFor {
	return async (_planId, ...question) => ({
		by: engine.name,
		documents: await engine.evaluate(...question),
	});
}

/**
 * Plans of the feature `embedded_policy` by the embedded engine, the others by the usual one. When the embedded one has
 * no answer the usual one is asked, in the same question; the failure is the embedded one's all the same.
 */
export function evaluateByArm(
	{ usual, embedded }: { usual: PolicyEngine; embedded: PolicyEngine },
	arms: FeatureArms,
): EvaluateFor {
	const feature = "embedded_policy";
	const byUsual = evaluateBy(usual);
	return async (planId, ...question) => {
		const arm = arms.armOf(feature, planId);
		if (arm === null) return await byUsual(planId, ...question);
		const startedMs = performance.now();
		const end = (failures: 0 | 1) => {
			const durationMs = performance.now() - startedMs;
			arms.record({ feature, arm, calls: 1, failures, durationMs });
		};
		try {
			const answered = await evaluateBy(arm === "canary" ? embedded : usual)(
				planId,
				...question,
			);
			end(0);
			return answered;
		} catch (error) {
			end(1);
			if (arm === "stable") throw error;
			return await byUsual(planId, ...question);
		}
	};
}
