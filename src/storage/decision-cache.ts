import { isObject } from "../domain/field-reader.ts";
import type {
	DecisionCache,
	ProcessedDecision,
} from "../plans/decision-ports.ts";
import type { Redis } from "./redis.ts";

/** As long as the earlier service remembered them. */
const LIFETIME_SECONDS = 24 * 3_600;

/**
 * Decisions of the last day, in Redis. Other installations that share the Redis have another scope. An outage
 * counts as a miss; the Redis client has counted the error.
 */
export function createDecisionCache(
	redis: Redis,
	scope: string,
): DecisionCache {
	return {
		async find(decisionId) {
			try {
				const [text] = await redis.getMany([keyOf(decisionId)]);
				return read(text ?? null, scope);
			} catch {
				// A miss: MongoDB and Temporal know the decision too.
				return undefined;
			}
		},

		async remember(decisionId, processed) {
			const value = JSON.stringify({ ...processed, scope });
			try {
				await redis.setMany([[keyOf(decisionId), value]], LIFETIME_SECONDS);
			} catch {
				// Not cached: MongoDB and Temporal know the decision too.
				return;
			}
		},
	};
}

function read(
	text: string | null,
	scope: string,
): ProcessedDecision | undefined {
	// The earlier service wrote "1", which does not say what was processed.
	if (text === null || !text.startsWith("{")) return undefined;
	const value: unknown = JSON.parse(text);
	if (!isObject(value) || value.scope !== scope) return undefined;
	const { scope: _, ...processed } = value;
	return processed as unknown as ProcessedDecision;
}

function keyOf(decisionId: string): string {
	return `decision:processed:${decisionId}`;
}
