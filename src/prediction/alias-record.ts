import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import { type AliasDocument, MODELS, versionId } from "./model-documents.ts";

/** Writes what is still unrecorded of the aliases. Throws STORE_UNAVAILABLE. */
export async function recordChange(
	{
		mongo,
		auditLog,
	}: { mongo: Mongo; auditLog: Pick<WritableAuditLog, "write"> },
	{ _id: name, unrecorded }: Pick<AliasDocument, "_id" | "unrecorded">,
): Promise<void> {
	if (!unrecorded) return;
	const { promotion, event } = unrecorded;
	const version = event.model_version ?? null;
	const run = (called: string, _id: string, change: Partial<StoredDocument>) =>
		mongo.run({ collection: MODELS, name: called }, (target) =>
			target.updateOne(
				_id === name
					? { _id, "unrecorded.event.audit_id": event.audit_id }
					: { _id },
				change,
			),
		);
	if (promotion !== null && version !== null)
		await run("note_promotion", versionId(name, version), {
			$addToSet: { promotions: promotion },
		} as Partial<StoredDocument>);
	await auditLog.write(event);
	await run("recorded", name, {
		$unset: { unrecorded: "" },
	} as Partial<StoredDocument>);
}
