import type { Model } from "../domain/prediction/model.ts";
import { readModel } from "../domain/prediction/read-model.ts";
import { OrchestratorError } from "../errors.ts";
import type { ModelVersion } from "./ports.ts";

/** The model of a registered version. Throws MODEL_UNREADABLE that names the damage. */
export function loadModel(
	{ name, version }: Pick<ModelVersion, "name" | "version">,
	bytes: Uint8Array,
): Model {
	const found = readModel(parse(bytes));
	if ("model" in found) return { ...found.model, name, version };
	throw new OrchestratorError(
		"MODEL_UNREADABLE",
		`${name}@${version} cannot be used: ${found.problem}`,
	);
}

/** The bytes that a version is registered with. */
export function modelBytes(model: Model): Buffer {
	return Buffer.from(JSON.stringify(model));
}

function parse(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(bytes).toString("utf8"));
	} catch {
		return undefined;
	}
}
