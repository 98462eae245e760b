import type { AttemptEnds } from "../plans/late-results.ts";
import type { Mongo } from "./storage-context.ts";

type End = readonly [id: string, end: "COMPLETED" | "FAILED"];

const CHUNK_COUNT = 1_000;

/** How attempts ended, as their plans' workflows have written it. */
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
					// Counted where it was thrown. What was the same again becomes a dead letter, which harms nobody.
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
		// Without a result it ended by our own hand, a time-out or a cancel.
		if ((result_source ?? null) === null) return [];
		if (outcome === "completed") return [[_id, "COMPLETED"]];
		return outcome === "failed" ? [[_id, "FAILED"]] : [];
	});
}
