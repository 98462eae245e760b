import type { FastifyReply } from "fastify";
import type { ReadSource } from "../plans/read-with-fallback.ts";

/** Adds the source of the data to an answer, in the body and in the header `x-read-source`. */
export function sayWithSource<T extends object>(
	reply: FastifyReply,
	value: T,
	source: ReadSource,
): T & { read_source: ReadSource } {
	reply.header("x-read-source", source);
	return { ...value, read_source: source };
}
