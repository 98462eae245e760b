import type { StoredDocument } from "../storage/storage-context.ts";
import type { WritableAuditLog } from "./audit-log.ts";
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
	/** The record of the newest change, until it is where it belongs. */
	unrecorded?: AliasRecord;
}

/**
 * Who changed the aliases and why: written with the change itself, then to the version and the audit log. What a process
 * did not come to is done before the next change, and never twice.
 */
export interface AliasRecord {
	promotion: ModelVersion["promotions"][number] | null;
	event: Parameters<WritableAuditLog["write"]>[0] & {
		audit_id: string;
		timestamp: number;
	};
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
