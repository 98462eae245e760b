import { kafka } from "./servers/kafka.ts";
import { mongodb } from "./servers/mongodb.ts";
import { redis } from "./servers/redis.ts";
import { temporal } from "./servers/temporal.ts";

/** Every server of the stack; stopped in the reverse of this order. */
export const serverTable = [redis, mongodb, kafka, temporal] as const;

export type ServerName = (typeof serverTable)[number]["name"];

export const serverNames: readonly ServerName[] = serverTable.map(
	({ name }) => name,
);

/** Narrows what somebody typed to the name of a server. */
export function isServerName(name: string): name is ServerName {
	return serverNames.some((known) => known === name);
}
