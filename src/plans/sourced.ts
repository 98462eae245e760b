import type { FastifyReply } from "fastify";

export type ReadSource = "mongodb" | "workflow";

/** An answer and where it is from. */
export interface Sourced<T> {
	value: T;
	source: ReadSource;
}

/** Gives an answer its source, in the body and in the header `x-read-source`. */
export function sayWithSource<T extends object>(
	reply: FastifyReply,
	value: T,
	source: ReadSource,
): T & { read_source: ReadSource } {
	reply.header("x-read-source", source);
	return { ...value, read_source: source };
}
