import type { Db, IndexDescriptionInfo } from "mongodb";
import type { MongoFacts } from "../doctor/check-stores.ts";
import { indexes } from "./indexes.ts";
import {
	type MongoClientSettings,
	openMongoClient,
} from "./mongo-connection.ts";

/**
 * Facts about MongoDB, the declared indexes and the records set aside, which the caller counts. Rejects with
 * the driver's own error.
 */
export async function inspectMongo(
	settings: MongoClientSettings,
	countSetAside: (database: Db) => Promise<MongoFacts["setAside"]>,
): Promise<MongoFacts> {
	const client = openMongoClient(settings);
	try {
		await client.connect();
		const admin = client.db("admin");
		const startMs = Date.now();
		// The stand-in knows the old name only.
		const hello = await admin.command({ hello: 1 }).catch(() => undefined);
		const nowMs = (startMs + Date.now()) / 2;
		const { version } = await admin.command({ buildInfo: 1 });
		return {
			version: String(version),
			isStandIn: hello === undefined,
			isReplicated: hello?.setName !== undefined || hello?.msg === "isdbgrid",
			missingIndexes: await findMissing(client.db(settings.database)),
			setAside: await countSetAside(client.db(settings.database)),
			clockAheadMs:
				hello?.localTime instanceof Date
					? hello.localTime.getTime() - nowMs
					: null,
		};
	} finally {
		await client.close();
	}
}

async function findMissing(database: Db): Promise<string[]> {
	const perCollection = Object.entries(indexes).map(
		async ([collection, wanted]) => {
			// A collection that does not exist yet has no indexes.
			const present: Pick<IndexDescriptionInfo, "key">[] = await database
				.collection(collection)
				.listIndexes()
				.toArray()
				.catch(() => []);
			const keys = new Set(present.map(({ key }) => JSON.stringify(key)));
			return wanted
				.filter(({ key }) => !keys.has(JSON.stringify(key)))
				.map(({ key }) => `${collection} (${Object.keys(key).join(", ")})`);
		},
	);
	return (await Promise.all(perCollection)).flat();
}
