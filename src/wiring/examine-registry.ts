import type { Config } from "../config.ts";
import { checkWorkers } from "../doctor/check-workers.ts";
import type { Examination } from "../doctor/run-doctor.ts";
import { openGrpcRegistry } from "../registry/grpc-registry.ts";
import { serverNames } from "./server-names.ts";

const silent = () => undefined;
const silentLog = { debug: silent, info: silent, warn: silent, error: silent };

/** Asks the worker registry, where it is another process; its state in Redis is examined with Redis. */
export function examineRegistry(config: Config): Examination[] {
	const { address, tokens, tls, timeoutMs } = config.registry;
	if (address === undefined) return [];
	return [
		{
			name: "worker registry",
			server: serverNames(config).workers,
			async look() {
				const [token] = tokens;
				const options = { address, token, tls, timeoutMs, log: silentLog };
				const registry = openGrpcRegistry(options);
				try {
					return [checkWorkers(await registry.list())];
				} finally {
					registry.close();
				}
			},
		},
	];
}
