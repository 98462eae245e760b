import { fitModel } from "../src/domain/prediction/fit.ts";
import type { FinishedTicket } from "../src/domain/prediction/prediction.ts";
import { DURATION_MODEL } from "../src/prediction/ports.ts";
import type { BenchWorld } from "./bench-world.ts";
import { openRegistry } from "./open-registry.ts";

/** Registers a model of these tickets and makes it champion; the service's processes poll it. */
export async function makeChampion(
	world: BenchWorld,
	finished: readonly FinishedTicket[],
): Promise<void> {
	const model = fitModel(finished, { name: DURATION_MODEL, version: 1 });
	if (model === null) throw new Error("too few tickets for a model");
	const { mongo, registry } = openRegistry(world, world.database);
	try {
		const { version } = await registry.register({
			...{ name: DURATION_MODEL, source: "trained", format: "native" },
			...{ feature_schema: model.feature_schema, training: null },
			...{ metrics: null, mlflow: null },
			bytes: new TextEncoder().encode(JSON.stringify(model)),
		});
		const why = { by: "bench", reason: "fitted to a made history" };
		const given = { name: DURATION_MODEL, version, ...why };
		await registry.promote({ ...given, alias: "champion" });
		world.say(`${DURATION_MODEL}@${version} is champion`);
	} finally {
		await mongo.close();
	}
}
