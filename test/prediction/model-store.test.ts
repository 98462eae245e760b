import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createAuditLog } from "../../src/prediction/audit-log.ts";
import { createModelStore } from "../../src/prediction/model-store.ts";
import { openMongo } from "../support/stores.ts";

const name = "ticket-duration-predictor";
const version = {
	...({ name, source: "trained", format: "native" } as const),
	...{ feature_schema: "ours-1", training: null, metrics: null, mlflow: null },
};
const who = { name, by: "ada", reason: "trying" };

async function openStore(t: Parameters<typeof openMongo>[0]) {
	const { mongo } = await openMongo(t);
	const auditLog = createAuditLog(mongo, {
		...{ environment: "test", retentionDays: 365 },
	});
	const store = createModelStore({
		...{ mongo, auditLog },
		check(_, bytes) {
			if (bytes.toString() !== "bad") return;
			throw new OrchestratorError("MODEL_UNREADABLE", "it is bad");
		},
	});
	const add = (text: string) =>
		store.register({ ...version, bytes: Buffer.from(text) });
	return { mongo, auditLog, store, add };
}

test("model store: versions count up, aliases move, and a rollback returns to the champion before", async (t) => {
	const { store, add, auditLog } = await openStore(t);
	assert.equal(await store.read(name), undefined);
	assert.deepEqual(await store.list(), []);
	await add("one");
	await add("two");
	await store.promote({ ...who, version: 1, alias: "champion" });
	await store.promote({ ...who, version: 2, alias: "challenger" });
	const promoted = await store.promote({
		...{ ...who, version: 2, alias: "champion" },
	});
	const { champion, challenger, versions } = promoted;
	assert.deepEqual([champion, challenger], [2, null]);
	assert.deepEqual(
		versions[0]?.promotions.map(({ alias, by }) => [alias, by]),
		[
			["challenger", "ada"],
			["champion", "ada"],
		],
	);
	assert.equal((await store.rollback(who)).champion, 1);
	await assert.rejects(store.rollback(who), { code: "MODEL_NOT_FOUND" });
	const [newest] = await auditLog.list({ modelName: name, limit: 1 });
	assert.equal(newest?.event_type, "rollback_executed");
	assert.deepEqual(await auditLog.read(newest.audit_id), newest);
	assert.deepEqual(await auditLog.count({ eventTypes: ["model_promoted"] }), {
		model_promoted: 2,
	});
	const same = await store.readVersion(name, 2);
	assert.equal(String(await store.readArtifact(same)), "two");
});

test("model store: what does not load, or is not there, becomes nothing; of two promotions from one look one stands", async (t) => {
	const { store, add } = await openStore(t);
	await Promise.all([add("one"), add("bad"), add("three")]);
	const { versions } = (await store.read(name)) ?? { versions: [] };
	assert.deepEqual(
		versions.map((one) => one.version),
		[3, 2, 1],
	);
	const bytes = await Promise.all(versions.map(store.readArtifact));
	const bad = versions[bytes.findIndex((one) => String(one) === "bad")];
	assert.ok(bad);
	const become = (one: number, expected?: number) =>
		store.giveAlias({
			...{ ...who, version: one, alias: "champion" },
			...(expected !== undefined && { expected }),
		});
	await assert.rejects(become(bad.version), { code: "MODEL_UNREADABLE" });
	await assert.rejects(become(9), { code: "MODEL_NOT_FOUND" });
	const good = versions.filter((one) => one !== bad);
	const both = await Promise.allSettled(
		good.map((one) => become(one.version, 0)),
	);
	assert.deepEqual(both.map(({ status }) => status).toSorted(), [
		...["fulfilled", "rejected"],
	]);
	await assert.rejects(become(good[0]?.version ?? 0, 0), {
		code: "MODEL_CHANGED",
	});
});

test("model store: a large model comes back whole, a damaged one is refused, and old versions are retired with their bytes", async (t) => {
	const { mongo, store, add, auditLog } = await openStore(t);
	const { randomBytes } = await import("node:crypto");
	const large = randomBytes(5 * 1_048_576);
	const first = await store.register({ ...version, bytes: large });
	assert.deepEqual(await store.readArtifact(first), large);
	await mongo.run({ collection: "model_chunks", name: "damage" }, (target) =>
		target.deleteOne({ _id: `${first.artifact.sha256}/1` }),
	);
	await assert.rejects(store.readArtifact(first), { code: "MODEL_UNREADABLE" });
	await mongo.run({ collection: "model_chunks", name: "age" }, (target) =>
		target.updateMany({}, { $set: { written_at: 0 } }),
	);
	for (let n = 0; n < 11; n += 1) await add(String(n));
	const { versions } = (await store.read(name)) ?? { versions: [] };
	assert.equal(versions.at(-1)?.version, 3);
	assert.deepEqual(await auditLog.count({}), { model_retired: 2 });
	await assert.rejects(store.readArtifact(first), { code: "MODEL_UNREADABLE" });
});

test("model store: a change whose record was cut off has it before the next one, once", async (t) => {
	const { mongo, auditLog, add, store } = await openStore(t);
	await add("one");
	await add("two");
	const cut = createModelStore({
		...{ mongo, check: () => undefined },
		auditLog: {
			write: () =>
				Promise.reject(new OrchestratorError("STORE_UNAVAILABLE", "away")),
		},
	});
	await assert.rejects(cut.promote({ ...who, version: 1, alias: "champion" }), {
		code: "STORE_UNAVAILABLE",
	});
	assert.equal((await store.read(name))?.champion, 1);
	await store.promote({ ...who, version: 2, alias: "champion" });
	const { promotions } = await store.readVersion(name, 1);
	assert.deepEqual(
		promotions.map(({ alias, by, reason }) => [alias, by, reason]),
		[["champion", "ada", "trying"]],
	);
	const events = await auditLog.list({ modelName: name, limit: 10 });
	assert.deepEqual(
		events
			.filter(({ event_type }) => event_type === "model_promoted")
			.map(({ model_version }) => model_version)
			.toSorted(),
		[1, 2],
	);
	assert.equal((await store.readAliases(name))?.unrecorded, undefined);
});
