import type { AttemptEnds } from "../plans/late-results.ts";
import type { Mongo } from "./storage-context.ts";

type End = readonly [id: string, end: "COMPLETED" | "FAILED"];

const CHUNK_COUNT = 1_000;

/** Ends of attempts, from the documents that workflows wrote. */
export function createAttemptEnds(mongo: Mongo): AttemptEnds {
	return {
		async findEnds(ids) {
			const ends = new Map<string, "COMPLETED" | "FAILED">();
			for (let from = 0; from < ids.length; from += CHUNK_COUNT) {
				const chunk = ids.slice(from, from + CHUNK_COUNT);
				try {
					for (const [id, end] of await readEnds(mongo, chunk))
						ends.set(id, end);
				} catch {
					// The error is already counted. A duplicate result becomes a dead letter then, which does no harm.
					break;
				}
			}
			return ends;
		},
	};
}

async function readEnds(mongo: Mongo, ids: readonly string[]): Promise<End[]> {
	const found = await mongo.run(
		{ collection: "ticket_attempts", name: "find_ends" },
		async (target) =>
			await target
				.find(
					{ _id: { $in: [...ids] } },
					{ projection: { outcome: 1, result_source: 1 } },
				)
				.toArray(),
	);
	return found.flatMap(({ _id, outcome, result_source }): End[] => {
		// An attempt without a result was ended by this service: a time-out or a cancel.
		if ((result_source ?? null) === null) return [];
		if (outcome === "completed") return [[_id, "COMPLETED"]];
		return outcome === "failed" ? [[_id, "FAILED"]] : [];
	});
}
