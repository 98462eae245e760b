import type { Metadata, ServerWritableStream } from "@grpc/grpc-js";
import { status } from "@grpc/grpc-js";
import { createAgentReader } from "../domain/registry/read-agent.ts";
import { toWireAgent } from "./contract.ts";
import type { AgentRegistry } from "./ports.ts";
import { type Fields, isOf } from "./registry-calls.ts";
import { CallRefused, type Settle } from "./settle-calls.ts";

/** Watchers of one process. */
const STREAMS_MAX = 200;
/** Events that wait for a watcher that does not read: a few times all agents. */
const UNREAD_MAX = 20_000;

export interface WatchStreams {
	open(call: ServerWritableStream<Fields, object>): void;
	/** Ends all streams. */
	close(): void;
}

/** Answers WatchAgents: each stream ends with its caller, with the registry's end, or when nobody reads it. */
export function createWatchStreams({
	registry,
	settle,
	mayCall,
}: {
	registry: Pick<AgentRegistry, "watch">;
	settle: Settle;
	mayCall(metadata: Metadata): boolean;
}): WatchStreams {
	const open = new Set<AbortController>();

	async function run(
		call: ServerWritableStream<Fields, object>,
		end: AbortController,
	): Promise<void> {
		const isType = isOf(createAgentReader().agentType(call.request.agent_type));
		let isSlow = false;
		await registry.watch((changes) => {
			for (const { kind, agent, at_ms } of changes) {
				if (!isType(agent)) continue;
				const event = { event_type: kind, agent: toWireAgent(agent) };
				call.write({ ...event, timestamp: at_ms });
			}
			isSlow = call.writableLength > UNREAD_MAX;
			if (isSlow) end.abort();
		}, end.signal);
		if (isSlow)
			throw new CallRefused(
				status.RESOURCE_EXHAUSTED,
				`more than ${UNREAD_MAX} events were not read; watch again`,
			);
	}

	return {
		open(call) {
			const end = new AbortController();
			call.on("cancelled", () => end.abort());
			const isFull = open.size >= STREAMS_MAX;
			if (!isFull) open.add(end);
			settle("WatchAgents", mayCall(call.metadata), async () => {
				if (isFull)
					throw new CallRefused(
						status.RESOURCE_EXHAUSTED,
						`${STREAMS_MAX} watchers are there already`,
					);
				await run(call, end);
			})
				.then(
					() => call.end(),
					(error: unknown) => call.emit("error", error),
				)
				.finally(() => open.delete(end));
		},
		close() {
			for (const end of open) end.abort();
		},
	};
}
