import { serveRegistry } from "../registry/serve-registry.ts";
import type { Parts } from "./parts.ts";

/** Role `registry`: serves the registry of worker agents over gRPC. Rejects when its port is taken. */
export async function startRegistry(parts: Parts): Promise<void> {
	const { config, registry, metrics, log, lifecycle } = parts;
	const { listen, tokens, tls, maxResults } = config.registry;
	await lifecycle.start(
		"worker registry",
		() =>
			serveRegistry({
				registry,
				...listen,
				tokens,
				tls,
				maxResults,
				onCall: (rpc, code) => metrics.registryCalls.inc({ rpc, code }),
				log,
			}),
		(it) => it.stop(),
	);
}
