import { setImmediate as nextTurn } from "node:timers/promises";
import { toJson } from "../domain/json-text.ts";
import { OrchestratorError } from "../errors.ts";
import type { PolicyDocuments, PolicyEngine } from "./engine.ts";
import type { PolicyBundle } from "./read-bundle.ts";
import { loadWasmPolicy, type WasmPolicy } from "./wasm-policy.ts";

/** So many resources are judged before other work of the process has its turn. */
const ITEMS_A_TURN = 50;

/** Evaluates the policies of a bundle in this process: no server is needed. */
export async function createEmbeddedEngine(
	bundle: PolicyBundle,
): Promise<PolicyEngine> {
	const policy = await loadWasmPolicy(bundle);

	return {
		name: "embedded",
		async evaluate(paths, { shared, items }, untilMs) {
			const missing = paths.find((path) => !policy.hasEntrypoint(path));
			if (missing !== undefined)
				throw unavailable(`the bundle has no entry point ${missing}`);
			const common = toJson(shared);
			const found: PolicyDocuments[] = [];
			for (const item of items) {
				if (found.length > 0 && found.length % ITEMS_A_TURN === 0)
					await nextTurn();
				if (found.length > 0 && Date.now() > untilMs)
					throw unavailable(
						`${found.length} of ${items.length} resources were judged in the time given`,
					);
				found.push(ask(policy, paths, joinObjects(common, toJson(item))));
			}
			return found;
		},
		async ping() {},
	};
}

/** One JSON object with the fields of two. */
function joinObjects(one: string, other: string): string {
	if (one === "{}") return other;
	return other === "{}" ? one : `${one.slice(0, -1)},${other.slice(1)}`;
}

function ask(
	policy: WasmPolicy,
	paths: readonly string[],
	input: string,
): PolicyDocuments {
	try {
		return policy.evaluate(paths, input);
	} catch (cause) {
		throw unavailable((cause as Error).message, cause);
	}
}

function unavailable(message: string, cause?: unknown): OrchestratorError {
	return new OrchestratorError("POLICY_UNAVAILABLE", message, { cause });
}
