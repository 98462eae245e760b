import { OrchestratorError } from "../errors.ts";
import type { CircuitState } from "./circuit-breaker.ts";
import { withDecisionCache } from "./decision-cache.ts";
import { createEmbeddedEngine } from "./embedded-engine.ts";
import type { PolicyEngine } from "./engine.ts";
import type { EngineSettings } from "./policy-settings.ts";
import { readBundle } from "./read-bundle.ts";
import {
	createServerEngine,
	type PolicyErrorType,
	type ServerEngine,
} from "./server-engine.ts";

/** The policies that belong to the service, as WebAssembly. */
const ownWasm = new URL("./policy.wasm", import.meta.url).pathname;

export interface EngineListeners {
	onError?(type: PolicyErrorType): void;
	onCircuit?(from: CircuitState, to: CircuitState): void;
	onLookUp?(isHit: boolean): void;
}

export interface OpenedEngine {
	engine: PolicyEngine;
	/** Of an OPA server. */
	server?: { circuit: ServerEngine["circuit"]; entryCount(): number };
}

/** Opens what the settings name. Throws SETTINGS_INVALID when a bundle cannot be used. */
export async function openEngine(
	settings: EngineSettings,
	listeners: EngineListeners = {},
): Promise<OpenedEngine> {
	if (settings.kind === "embedded")
		return { engine: await openEmbedded(settings.bundle) };
	const { onError, onCircuit, onLookUp } = listeners;
	const server = createServerEngine({
		...settings,
		...(onError && { onError }),
		...(onCircuit && { onCircuit }),
	});
	const engine = withDecisionCache(server, {
		ttlMs: settings.cacheTtlMs,
		...(onLookUp && { onLookUp }),
	});
	const { circuit } = server;
	return { engine, server: { circuit, entryCount: engine.entryCount } };
}

/** Opens a bundle for this process; null: the policies that belong to the service. */
export async function openEmbedded(
	bundle: string | null,
): Promise<PolicyEngine> {
	return await openBundle(bundle ?? ownWasm);
}

/** Opens a bundle for this process. */
export async function openBundle(file: string): Promise<PolicyEngine> {
	try {
		return await createEmbeddedEngine(readBundle(file));
	} catch (cause) {
		const { message } = cause as Error;
		throw new OrchestratorError(
			"SETTINGS_INVALID",
			`the policies of ${file} cannot be used: ${message}`,
			{ cause },
		);
	}
}
