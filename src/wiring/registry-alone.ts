import type { Config } from "../config.ts";

/** A process that only serves the worker registry uses no server but Redis. */
export function isRegistryAlone({ roles }: Pick<Config, "roles">): boolean {
	return roles.every((role) => role === "registry");
}
