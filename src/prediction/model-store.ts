import { randomUUID } from "node:crypto";
import type {
	ModelAlias,
	TrainingTrigger,
} from "../domain/prediction/model-words.ts";
import { OrchestratorError } from "../errors.ts";
import { isNotInserted } from "../storage/duplicate-keys.ts";
import type { Mongo } from "../storage/storage-context.ts";
import type { WritableAuditLog } from "./audit-log.ts";
import { aliasesAfter, changed, createModelAliases } from "./model-aliases.ts";
import { createModelArtifacts } from "./model-artifacts.ts";
import {
	type AliasDocument,
	type AliasRecord,
	MODELS,
	versionId,
	versionOf,
} from "./model-documents.ts";
import type {
	ModelChange,
	ModelRegistry,
	ModelVersion,
	RegisteredModel,
} from "./ports.ts";

/** Versions beside those that are or were champion, or challenger. */
const VERSIONS_KEPT = 10;

interface AliasChange extends ModelChange {
	alias: ModelAlias;
	/** null: nobody is challenger any more. */
	version: number | null;
	/** Of the aliases when it was decided; absent: as they are now. */
	expected?: number;
	trigger?: TrainingTrigger;
}

/** Every call throws STORE_UNAVAILABLE when it cannot be made. */
export interface ModelStore extends ModelRegistry {
	/** undefined: there is none. */
	readAliases(name: string): Promise<AliasDocument | undefined>;
	/** Throws MODEL_NOT_FOUND. */
	readVersion(name: string, version: number): Promise<ModelVersion>;
	/** Throws MODEL_UNREADABLE when bytes are missing or damaged. */
	readArtifact(version: ModelVersion): Promise<Buffer>;
	/** Under the next free version; two at once get two. Former versions beyond those kept are retired. */
	register(
		given: Omit<
			ModelVersion,
			"version" | "registered_at" | "artifact" | "promotions"
		> & {
			bytes: Uint8Array;
		},
	): Promise<ModelVersion>;
	/** As `promote`, and MODEL_CHANGED when the aliases are not at the expected revision. */
	giveAlias(change: AliasChange): Promise<RegisteredModel>;
	/** That a version is in MLflow too. */
	noteMlflow(version: ModelVersion, mlflow: string): Promise<void>;
}

export interface ModelStoreDeps {
	mongo: Mongo;
	auditLog: Pick<WritableAuditLog, "write">;
	/** Throws MODEL_UNREADABLE when this process cannot predict by it. */
	check(version: ModelVersion, bytes: Buffer): void;
}

export function createModelStore({
	mongo,
	auditLog,
	check,
}: ModelStoreDeps): ModelStore {
	const artifacts = createModelArtifacts(mongo);
	const aliases = createModelAliases(mongo, auditLog);
	const run = <T>(name: string, work: Parameters<typeof mongo.run<T>>[1]) =>
		mongo.run({ collection: MODELS, name }, work);

	async function listVersions(name: string): Promise<ModelVersion[]> {
		const found = await run("list_versions", (target) =>
			target
				.find({ kind: "version", name }, { sort: { version: -1 } })
				.toArray(),
		);
		return found.map(versionOf);
	}

	async function readVersion(name: string, version: number) {
		const found = await run("read_version", (target) =>
			target.findOne({ _id: versionId(name, version) }),
		);
		if (found === null)
			throw notFound(`version ${version} of ${name} not found`);
		return versionOf(found);
	}

	async function readModel(name: string): Promise<RegisteredModel | undefined> {
		const [found, versions] = await Promise.all([
			aliases.read(name),
			listVersions(name),
		]);
		if (versions.length === 0) return undefined;
		const { challenger = null, champions = [], revision = 0 } = found ?? {};
		const champion = champions.at(-1) ?? null;
		return { name, champion, challenger, revision, versions };
	}

	async function expectModel(name: string): Promise<RegisteredModel> {
		const model = await readModel(name);
		if (model === undefined) throw notFound(`model ${name} not found`);
		return model;
	}

	async function checkVersion(name: string, version: number): Promise<void> {
		const wanted = await readVersion(name, version);
		check(wanted, await artifacts.read(wanted.artifact));
	}

	async function insertVersion(version: Omit<ModelVersion, "version">) {
		for (;;) {
			const [newest] = await listVersions(version.name);
			const next = { ...version, version: (newest?.version ?? 0) + 1 };
			const _id = versionId(next.name, next.version);
			const isWritten = await run("register", (target) =>
				target
					.insertOne({ _id, kind: "version", ...next })
					.then(() => true, isNotInserted),
			);
			if (isWritten) return next;
		}
	}

	/** Deletes versions that nobody needs any more, with their bytes. */
	async function retireVersions(
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
			await run("retire", (target) =>
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
		const kept = await run("list_all", (target) =>
			target.find({ kind: "version" }).toArray(),
		);
		await artifacts.removeOthers(kept.map(versionOf));
	}

	async function giveAlias(change: AliasChange): Promise<RegisteredModel> {
		const { name, version, alias, expected } = change;
		if (version !== null) await checkVersion(name, version);
		const found = await aliases.read(name);
		if (expected !== undefined && (found?.revision ?? 0) !== expected)
			throw changed(name);
		const next = aliasesAfter(found, alias, version);
		await aliases.write(name, found, next, recordOf(change));
		return await expectModel(name);
	}

	return {
		readAliases: aliases.read,
		readVersion,
		readArtifact: ({ artifact }) => artifacts.read(artifact),
		read: readModel,
		giveAlias,
		promote: giveAlias,

		async list() {
			const names = await run("list", (target) =>
				target.distinct("name", { kind: "version" }),
			);
			const models = await Promise.all(names.toSorted().map(readModel));
			return models.filter((model) => model !== undefined);
		},

		async rollback({ name, by, reason }) {
			const found = await aliases.read(name);
			const former = found?.champions?.at(-2);
			if (found === undefined || former === undefined)
				throw notFound(`${name} had no other champion before`);
			await checkVersion(name, former);
			const { challenger } = found;
			const event = {
				...{ audit_id: randomUUID(), timestamp: Date.now() },
				...{ event_type: "rollback_executed" as const, user_id: by, reason },
				...{ model_name: name, model_version: former },
				event_data: { from_version: found.champions.at(-1) },
				triggered_by: "manual" as const,
			};
			const next = { champions: found.champions.slice(0, -1), challenger };
			await aliases.write(name, found, next, { promotion: null, event });
			return await expectModel(name);
		},

		async register({ bytes, ...given }) {
			const version = await insertVersion({
				...given,
				registered_at: Date.now(),
				artifact: await artifacts.write(bytes),
				promotions: [],
			});
			await retireVersions(
				await expectModel(given.name),
				(await aliases.read(given.name))?.champions ?? [],
			);
			return version;
		},

		async noteMlflow({ name, version }, mlflow) {
			await run("note_mlflow", (target) =>
				target.updateOne(
					{ _id: versionId(name, version) },
					{ $set: { mlflow: { version: mlflow } } },
				),
			);
		},
	};
}

function recordOf({ name, version, ...change }: AliasChange): AliasRecord {
	const { alias, by, reason, trigger = "manual" } = change;
	const timestamp = Date.now();
	const challenges = version === null ? "completed" : "started";
	return {
		promotion: version === null ? null : { alias, at: timestamp, by, reason },
		event: {
			...{ audit_id: randomUUID(), timestamp },
			event_type:
				alias === "champion" ? "model_promoted" : `shadow_mode_${challenges}`,
			...{ model_name: name, model_version: version },
			...{ user_id: by, reason, triggered_by: trigger },
		},
	};
}

function notFound(message: string): OrchestratorError {
	return new OrchestratorError("MODEL_NOT_FOUND", message, {
		hint: "orchestrator ml models lists what there is",
	});
}
