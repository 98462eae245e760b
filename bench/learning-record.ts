import type { TypeDrift } from "../src/domain/prediction/drift.ts";
import type { FinishedTicket } from "../src/domain/prediction/prediction.ts";
import { loadModel } from "../src/prediction/load-model.ts";
import { DURATION_MODEL } from "../src/prediction/ports.ts";
import { createEndedAttempts, PAGE } from "../src/prediction/training-rows.ts";
import type { BenchWorld } from "./bench-world.ts";
import { openRegistry } from "./open-registry.ts";

export interface Played {
	/** Place of each plan in the run, by its id. */
	places: Map<string, number>;
	/** Plans of a row of the table. */
	rowSize: number;
}

/** An ended ticket and the place of its plan. */
export type PlacedTicket = FinishedTicket & { place: number };

/** What the service has stored: completed tickets, oldest first, all champions, trainings, types that were said to drift. */
export async function readLearning(
	world: BenchWorld,
	database: string,
	{ places }: Played,
) {
	const { mongo, registry, auditLog } = openRegistry(world, database);
	try {
		const attempts = createEndedAttempts(mongo);
		const window = { fromMs: 0, toMs: Date.now() };
		const ids = [...(await attempts.listStored(window)).keys()];
		const tickets: PlacedTicket[] = [];
		for (let at = 0; at < ids.length; at += PAGE) {
			const { finished } = await attempts.read(ids.slice(at, at + PAGE));
			for (const ticket of finished) {
				const place = places.get(ticket.plan_id);
				if (place !== undefined && ticket.completed)
					tickets.push({ ...ticket, place });
			}
		}
		const { champions = [] } =
			(await registry.readAliases(DURATION_MODEL)) ?? {};
		const models = await Promise.all(
			champions.map(async (number) => {
				const version = await registry.readVersion(DURATION_MODEL, number);
				return loadModel(version, await registry.readArtifact(version));
			}),
		);
		const events = (
			await auditLog.list({
				eventTypes: ["drift_detected", "training_completed"],
				limit: 1_000,
			})
		).toReversed();
		const of = (type: string) =>
			events.filter(({ event_type }) => event_type === type);
		return {
			tickets: tickets.toSorted((a, b) => a.ended_at_ms - b.ended_at_ms),
			models: models.toSorted((a, b) => a.version - b.version),
			trainings: of("training_completed"),
			drifts: of("drift_detected")
				.map(({ event_data }) => event_data as unknown as TypeDrift)
				.toSorted((a, b) => a.since_ms - b.since_ms),
		};
	} finally {
		await mongo.close();
	}
}
