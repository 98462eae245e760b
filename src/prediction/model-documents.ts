import type { StoredDocument } from "../storage/storage-context.ts";
import type { ModelVersion } from "./ports.ts";

export const MODELS = "models";

/** Collection `models`, `_id` = name: the small document that every process polls. */
export interface AliasDocument {
	_id: string;
	kind: "model";
	challenger: number | null;
	/** The last one is the champion; a rollback takes it away. */
	champions: number[];
	revision: number;
	changed_at: number;
}

/** `_id` of a version in the same collection, whose `kind` is `version`. */
export const versionId = (name: string, version: number) =>
	`${name}@${version}`;

export function versionOf({
	_id,
	kind: _,
	...version
}: StoredDocument): ModelVersion {
	return version as unknown as ModelVersion;
}
