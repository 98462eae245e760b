import { type LoadedPolicy, loadPolicy } from "@open-policy-agent/opa-wasm";
import type { PolicyBundle } from "./read-bundle.ts";

/** A policy in WebAssembly, ready to be asked. */
export interface WasmPolicy {
	hasEntrypoint(path: string): boolean;
	/**
	 * The documents of these entry points for one input, which is JSON; one that is undefined is absent. Throws an error
	 * that names the entry point which cannot be evaluated.
	 */
	evaluate(paths: readonly string[], input: string): Record<string, unknown>;
}

/**
 * Memory to begin with, in pages of 64 KiB: reserved, not used. Policies that fill a memory of a few pages make it grow
 * page by page, and a large plan then takes minutes instead of a second.
 */
const FIRST_PAGES = 4_096;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What the library's object has beside its own `evaluate`: OPA's interface of such modules (openpolicyagent.org/docs/wasm). */
interface Module extends LoadedPolicy {
	mem: { readonly buffer: ArrayBuffer };
	dataAddr: number;
	dataHeapPtr: number;
	wasmInstance: {
		exports: Record<string, (...args: number[]) => number>;
	};
}

/**
 * The library reads the input again for each entry point, which takes longer than most policies: here it is read once
 * for all of them.
 */
export async function loadWasmPolicy({
	wasm,
	data,
}: PolicyBundle): Promise<WasmPolicy> {
	const policy = (await loadPolicy(wasm, FIRST_PAGES)) as Module;
	policy.setData(data);
	const { mem, wasmInstance } = policy;
	const known: Readonly<Record<string, number>> = policy.entrypoints;
	const call = (name: string, ...args: number[]) =>
		wasmInstance.exports[name]?.(...args) as number;

	function readInput(input: string): number {
		const bytes = encoder.encode(input);
		const at = call("opa_malloc", bytes.length);
		new Uint8Array(mem.buffer).set(bytes, at);
		const value = call("opa_json_parse", at, bytes.length);
		if (value === 0) throw new Error("the input cannot be read");
		return value;
	}

	/** A set with what was found, none or one. */
	function find(path: string, input: number): { result: unknown }[] {
		const context = call("opa_eval_ctx_new");
		call("opa_eval_ctx_set_input", context, input);
		call("opa_eval_ctx_set_data", context, policy.dataAddr);
		call("opa_eval_ctx_set_entrypoint", context, known[path] as number);
		call("eval", context);
		const found = call("opa_eval_ctx_get_result", context);
		const start = call("opa_json_dump", found);
		const memory = new Uint8Array(mem.buffer);
		const text = memory.subarray(start, memory.indexOf(0, start));
		return JSON.parse(decoder.decode(text));
	}

	return {
		hasEntrypoint: (path) => Object.hasOwn(known, path),
		evaluate(paths, input) {
			// Everything of the question before is given up, and of one that failed.
			call("opa_heap_ptr_set", policy.dataHeapPtr);
			const value = readInput(input);
			const afterInput = call("opa_heap_ptr_get");
			return Object.fromEntries(
				paths.flatMap((path) => {
					call("opa_heap_ptr_set", afterInput);
					const found = naming(path, () => find(path, value));
					return found.map(({ result }) => [path, result]);
				}),
			);
		},
	};
}

/** The library throws texts and plain objects, of which the message alone says what is wrong. */
function naming<T>(path: string, evaluate: () => T): T {
	try {
		return evaluate();
	} catch (cause) {
		const { message = String(cause) } = cause as { message?: string };
		throw new Error(`policy ${path} cannot be evaluated: ${message}`, {
			cause,
		});
	}
}
