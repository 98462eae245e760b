import type { Mongo } from "../storage/storage-context.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import type { ModelArtifacts } from "./model-artifacts.ts";
import { MODELS, versionId, versionOf } from "./model-documents.ts";
import type { RegisteredModel } from "./ports.ts";

/** Versions beside those that are or were champion, or challenger. */
const VERSIONS_KEPT = 10;

/** Deletes versions that nobody needs any more, with their bytes. Throws STORE_UNAVAILABLE; safe to repeat. */
export async function retireVersions(
	{
		mongo,
		artifacts,
		auditLog,
	}: {
		mongo: Mongo;
		artifacts: Pick<ModelArtifacts, "removeOthers">;
		auditLog: Pick<WritableAuditLog, "write">;
	},
	{ name, versions, challenger }: RegisteredModel,
	champions: readonly number[],
): Promise<void> {
	const newest = versions.slice(0, VERSIONS_KEPT);
	const needed = new Set<number | null>([
		...newest.map(({ version }) => version),
		...champions,
		challenger,
	]);
	const retired = versions.filter(({ version }) => !needed.has(version));
	for (const { version } of retired) {
		await mongo.run({ collection: MODELS, name: "retire" }, (target) =>
			target.deleteOne({ _id: versionId(name, version) }),
		);
		await auditLog.write({
			...{ event_type: "model_retired", user_id: "orchestrator" },
			...{ model_name: name, model_version: version },
			reason: `${VERSIONS_KEPT} versions are newer, and it is in no use`,
			triggered_by: "schedule",
		});
	}
	if (retired.length === 0) return;
	const kept = await mongo.run(
		{ collection: MODELS, name: "list_all" },
		(target) => target.find({ kind: "version" }).toArray(),
	);
	await artifacts.removeOthers(kept.map(versionOf));
}
