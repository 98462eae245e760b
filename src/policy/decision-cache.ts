import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { canonicalJson } from "../domain/canonical-json.ts";
import { isObject } from "../domain/field-reader.ts";
import { isAnswer } from "../domain/policy-verdict.ts";
import type { PolicyDocuments, PolicyEngine } from "./engine.ts";

const MAX_ENTRIES = 1_000;

export interface CacheSettings {
	/** 0: nothing is kept. */
	ttlMs: number;
	onLookUp?: (isHit: boolean) => void;
}

/**
 * The same engine, which answers for an input that it has judged within the time to live. The clock in an
 * input is not part of its identity: rules about deadlines are judged that much later. What is no decision is not kept:
 * the next question may find the policies loaded.
 */
export function withDecisionCache(
	engine: PolicyEngine,
	{ ttlMs, onLookUp = () => {} }: CacheSettings,
): PolicyEngine & { entryCount(): number } {
	if (ttlMs === 0) return { ...engine, entryCount: () => 0 };
	const known = new LRUCache<string, PolicyDocuments>({
		max: MAX_ENTRIES,
		ttl: ttlMs,
	});
	return {
		...engine,
		entryCount: () => known.size,
		async evaluate(paths, { shared, items }, untilMs) {
			const common = canonicalJson({ paths, shared });
			const keys = items.map((item) => keyOf(common, item));
			const found = keys.map((key) => known.get(key));
			for (const documents of found) onLookUp(documents !== undefined);
			const asked = items.filter((_, index) => found[index] === undefined);
			if (asked.length === 0) return found as PolicyDocuments[];
			const answers = await engine.evaluate(
				paths,
				{ shared, items: asked },
				untilMs,
			);
			let next = 0;
			return found.map((documents, index) => {
				if (documents !== undefined) return documents;
				const answer = answers[next++] as PolicyDocuments;
				if (paths.every((path) => isAnswer(path, answer[path])))
					known.set(keys[index] as string, answer);
				return answer;
			});
		},
	};
}

function keyOf(common: string, item: Readonly<Record<string, unknown>>) {
	const { context } = item;
	const timeless = isObject(context)
		? { ...item, context: { ...context, current_time: undefined } }
		: item;
	return createHash("sha256")
		.update(common)
		.update(canonicalJson(timeless))
		.digest("base64url");
}
