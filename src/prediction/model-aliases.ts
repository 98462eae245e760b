import type { ModelAlias } from "../domain/prediction/model-words.ts";
import { OrchestratorError } from "../errors.ts";
import { isNotInserted } from "../storage/duplicate-keys.ts";
import type { Mongo, StoredDocument } from "../storage/storage-context.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import {
	type AliasDocument,
	type AliasRecord,
	MODELS,
	versionId,
} from "./model-documents.ts";

/** Former champions that a rollback can return to. */
const CHAMPIONS_KEPT = 20;

/** Who is champion and challenger. Every call throws STORE_UNAVAILABLE when it cannot be made. */
export function createModelAliases(
	mongo: Mongo,
	auditLog: Pick<WritableAuditLog, "write">,
) {
	const run = <T>(name: string, work: Parameters<typeof mongo.run<T>>[1]) =>
		mongo.run({ collection: MODELS, name }, work);

	/** Writes what is still unrecorded of the aliases. */
	async function record({
		_id: name,
		unrecorded,
	}: Pick<AliasDocument, "_id" | "unrecorded">): Promise<void> {
		if (!unrecorded) return;
		const { promotion, event } = unrecorded;
		const version = event.model_version ?? null;
		if (promotion !== null && version !== null)
			await run("note_promotion", (target) =>
				target.updateOne({ _id: versionId(name, version) }, {
					$addToSet: { promotions: promotion },
				} as Partial<StoredDocument>),
			);
		await auditLog.write(event);
		await run("recorded", (target) =>
			target.updateOne(
				{ _id: name, "unrecorded.event.audit_id": event.audit_id },
				{ $unset: { unrecorded: "" } },
			),
		);
	}

	return {
		/** undefined: there are none. */
		async read(name: string): Promise<AliasDocument | undefined> {
			const found = await run("read", (target) =>
				target.findOne({ _id: name, kind: "model" }),
			);
			return (found ?? undefined) as AliasDocument | undefined;
		},

		/** In place of those that were found, with who did that and why. Throws MODEL_CHANGED. */
		async write(
			name: string,
			found: AliasDocument | undefined,
			next: Pick<AliasDocument, "champions" | "challenger">,
			unrecorded: AliasRecord,
		): Promise<void> {
			if (found !== undefined) await record(found);
			const revision = (found?.revision ?? 0) + 1;
			const fields = { ...next, revision, changed_at: Date.now(), unrecorded };
			const isWritten = await run("give_alias", async (target) => {
				if (found === undefined)
					return await target
						.insertOne({ _id: name, kind: "model", ...fields })
						.then(() => true, isNotInserted);
				const { matchedCount } = await target.updateOne(
					{ _id: name, revision: found.revision },
					{ $set: fields },
				);
				return matchedCount === 1;
			});
			if (!isWritten) throw changed(name);
			await record({ _id: name, unrecorded });
		},
	};
}

/** With that version as champion or challenger; null: nobody is challenger any more. */
export function aliasesAfter(
	found: AliasDocument | undefined,
	alias: ModelAlias,
	version: number | null,
): Pick<AliasDocument, "champions" | "challenger"> {
	const { champions = [], challenger = null } = found ?? {};
	if (alias === "challenger") return { champions, challenger: version };
	if (version === null) return { champions, challenger };
	const others = champions.filter((one) => one !== version);
	return {
		champions: [...others, version].slice(-CHAMPIONS_KEPT),
		challenger: challenger === version ? null : challenger,
	};
}

export function changed(name: string): OrchestratorError {
	return new OrchestratorError(
		"MODEL_CHANGED",
		`somebody else has changed the champion or challenger of ${name} meanwhile`,
		{ hint: "read it again, and decide anew" },
	);
}
