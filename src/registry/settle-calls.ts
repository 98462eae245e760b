import { status } from "@grpc/grpc-js";
import { hasCode } from "../errors.ts";
import type { Log } from "../log.ts";

/** A call that is answered with a status of gRPC; the message is for the caller. */
export class CallRefused extends Error {
	override readonly name = "CallRefused";
	readonly code: status;

	constructor(code: status, message: string) {
		super(message);
		this.code = code;
	}

	/** gRPC's word for the message. */
	get details(): string {
		return this.message;
	}
}

export type Settle = <T>(
	rpc: string,
	isAllowed: boolean,
	work: () => Promise<T>,
) => Promise<T>;

/** Runs calls, counts them, and turns what they throw into CallRefused. */
export function createSettle({
	onCall,
	log,
}: {
	/** Counts a call by its code: `OK`, `NOT_FOUND`. */
	onCall(rpc: string, code: string): void;
	log: Log;
}): Settle {
	return async (rpc, isAllowed, work) => {
		try {
			if (!isAllowed)
				throw new CallRefused(
					status.UNAUTHENTICATED,
					"the metadata `authorization` must be `Bearer` and a token of SERVICE_REGISTRY_TOKEN",
				);
			const answer = await work();
			onCall(rpc, "OK");
			return answer;
		} catch (error) {
			const refused = toRefusal(error);
			if (refused.code === status.INTERNAL) log.error({ error, rpc }, "bug");
			onCall(rpc, status[refused.code]);
			throw refused;
		}
	};
}

function toRefusal(error: unknown): CallRefused {
	if (error instanceof CallRefused) return error;
	const message = error instanceof Error ? error.message : String(error);
	if (hasCode(error, "REGISTRATION_REFUSED"))
		return new CallRefused(status.RESOURCE_EXHAUSTED, message);
	if (hasCode(error, "CACHE_UNAVAILABLE"))
		return new CallRefused(status.UNAVAILABLE, message);
	return new CallRefused(status.INTERNAL, "the registry failed");
}
