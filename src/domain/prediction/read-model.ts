import type { Model } from "./model.ts";

export type ReadModel = { model: Model } | { problem: string };

/**
 * A model as it comes from a registry. Damage is told by name: what is missing, is no number, or belongs to another
 * format or feature set.
 */
export function readModel(_value: unknown): ReadModel {
	return { problem: "models cannot be read yet" };
}
