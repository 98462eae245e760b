import { featureNames } from "../domain/prediction/features.ts";
import type { FitOptions } from "../domain/prediction/fit.ts";
import {
	type FeatureSchema,
	featureSchemas,
} from "../domain/prediction/model.ts";
import { type Mlflow, type MlflowVersion, OWN_TAG } from "./mlflow.ts";
import { modelFromOnnx, readOnnx } from "./onnx.ts";

/** Tags by which somebody says what their trees want and answer. */
const SCHEMA_TAG = "orchestrator.feature_schema";
const UNIT_TAG = "orchestrator.unit";

export type ForeignTrees = NonNullable<FitOptions["foreign"]>;

/** Trees that somebody registered in MLflow; `problem`: why they cannot be served, by name. Throws MLFLOW_UNAVAILABLE. */
export async function fetchForeignTrees(
	mlflow: Pick<Mlflow, "fetchOnnx" | "listVersions">,
	name: string,
	version: string,
): Promise<ForeignTrees | { problem: string }> {
	const fetched = await mlflow.fetchOnnx(name, version);
	if ("problem" in fetched) return fetched;
	const read = readOnnx(fetched.bytes);
	if ("problem" in read) return read;
	if (modelFromOnnx(read.trees) !== null)
		return { problem: "it is one of our own, registered again" };
	const { targets, features } = read.trees;
	const [trees, second] = targets;
	if (trees === undefined || second !== undefined)
		return { problem: `it answers ${targets.length} values instead of one` };
	const versions = await mlflow.listVersions(name);
	const tags = versions.find((one) => one.version === version)?.tags ?? {};
	const wanted = tags[SCHEMA_TAG];
	const feature_schema = featureSchemas.find((schema) =>
		wanted === undefined
			? featureNames[schema].length === features
			: schema === wanted,
	);
	if (feature_schema === undefined)
		return { problem: unknownFeatures(wanted, features) };
	const width = featureNames[feature_schema].length;
	if (features !== null && features !== width)
		return {
			problem: `it wants ${features} features, ${feature_schema} has ${width}`,
		};
	const unit = tags[UNIT_TAG] ?? "ms";
	if (unit !== "ms" && unit !== "log_ms")
		return { problem: `its tag ${UNIT_TAG} is ${unit}, neither ms nor log_ms` };
	return { trees, unit, feature_schema };
}

/** The newest version that is not one of ours; undefined: there is none. */
export function newestForeign(
	versions: readonly MlflowVersion[],
): string | undefined {
	return versions.find(({ tags }) => tags[OWN_TAG] === undefined)?.version;
}

function unknownFeatures(
	wanted: string | undefined,
	features: number | null,
): string {
	const known = featureSchemas.map(
		(schema: FeatureSchema) => `${schema} (${featureNames[schema].length})`,
	);
	return wanted === undefined
		? `it wants ${features ?? "an unknown number of"} features, known are ${known.join(" and ")}`
		: `its tag ${SCHEMA_TAG} is ${wanted}, known are ${known.join(" and ")}`;
}
