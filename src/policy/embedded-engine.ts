import { setImmediate as nextTurn } from "node:timers/promises";
import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import { toJson } from "../domain/json-text.ts";
import { OrchestratorError } from "../errors.ts";
import type { PolicyDocuments, PolicyEngine } from "./engine.ts";
import type { PolicyBundle } from "./read-bundle.ts";

/** So many resources are judged before other work of the process has its turn. */
const ITEMS_A_TURN = 50;
/**
 * Memory to begin with, in pages of 64 KiB: reserved, not used. Policies that fill a memory of a few pages make it grow
 * page by page, and a large plan then takes minutes instead of a second.
 */
const FIRST_PAGES = 4_096;

/** Evaluates the policies of a bundle in this process: no server is needed. */
export async function createEmbeddedEngine({
	wasm,
	data,
}: PolicyBundle): Promise<PolicyEngine> {
	const policy = await loadPolicy(wasm, FIRST_PAGES);
	policy.setData(data);
	const known: Readonly<Record<string, number>> = policy.entrypoints;

	return {
		name: "embedded",
		async evaluate(paths, { shared, items }, untilMs) {
			const missing = paths.find((path) => !Object.hasOwn(known, path));
			if (missing !== undefined)
				throw unavailable(`the bundle has no entry point ${missing}`);
			const found: PolicyDocuments[] = [];
			for (const item of items) {
				if (found.length > 0 && found.length % ITEMS_A_TURN === 0)
					await nextTurn();
				if (found.length > 0 && Date.now() > untilMs)
					throw unavailable(
						`${found.length} of ${items.length} resources were judged in the time given`,
					);
				const text = toJson({ ...shared, ...item });
				const { buffer } = new TextEncoder().encode(text);
				found.push(evaluateOne(policy, paths, buffer));
			}
			return found;
		},
		async ping() {},
	};
}

function evaluateOne(
	policy: LoadedPolicy,
	paths: readonly string[],
	input: ArrayBuffer,
): PolicyDocuments {
	return Object.fromEntries(
		paths.flatMap((path) => {
			const answers = ask(policy, path, input);
			return answers.map(({ result }) => [path, result]);
		}),
	);
}

function ask(
	policy: LoadedPolicy,
	path: string,
	input: ArrayBuffer,
): { result: unknown }[] {
	try {
		return policy.evaluate(input, path) as { result: unknown }[];
	} catch (cause) {
		// The library throws plain objects: their message alone says what is wrong.
		const { message = String(cause) } = cause as { message?: string };
		throw unavailable(`policy ${path} cannot be evaluated: ${message}`, cause);
	}
}

function unavailable(message: string, cause?: unknown): OrchestratorError {
	return new OrchestratorError("POLICY_UNAVAILABLE", message, { cause });
}
