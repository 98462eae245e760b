import { setTimeout as sleep } from "node:timers/promises";
import type { AgentInfo } from "../domain/registry/agent.ts";
import { findChanges } from "../domain/registry/find-changes.ts";
import type { AgentRegistry } from "./ports.ts";

/** How long looks may fail before a watcher is told that the registry is lost. */
const LOST_AFTER_MS = 10_000;

type OnChanges = Parameters<AgentRegistry["watch"]>[0];
interface Watcher {
	onChanges: OnChanges;
	known: ReadonlyMap<string, AgentInfo>;
	lose(error: unknown): void;
}

/** Watches by looking again and again, once for all watchers, and only while there are any. */
export function createChangeWatch({
	list,
	nowMs,
	intervalMs,
}: {
	list(): Promise<AgentInfo[]>;
	nowMs(): number;
	intervalMs: number;
}): AgentRegistry["watch"] {
	const watchers = new Set<Watcher>();
	let isLooking = false;

	async function lookOnce(): Promise<void> {
		const agents = new Map(
			(await list()).map((agent) => [agent.agent_id, agent]),
		);
		for (const watcher of watchers) {
			const changes = findChanges(watcher.known, agents, nowMs());
			watcher.known = agents;
			if (changes.length > 0) watcher.onChanges(changes);
		}
	}

	async function lookOn(): Promise<void> {
		isLooking = true;
		let answeredAtMs = performance.now();
		while (watchers.size > 0) {
			try {
				await lookOnce();
				answeredAtMs = performance.now();
			} catch (error) {
				if (performance.now() - answeredAtMs > LOST_AFTER_MS)
					for (const { lose } of watchers) lose(error);
			}
			await sleep(intervalMs, undefined, { ref: false });
		}
		isLooking = false;
	}

	return async (onChanges, signal) => {
		const end = Promise.withResolvers<void>();
		const watcher = { onChanges, known: new Map(), lose: end.reject };
		const stop = () => end.resolve();
		signal.addEventListener("abort", stop, { once: true });
		if (signal.aborted) stop();
		watchers.add(watcher);
		if (!isLooking) void lookOn();
		try {
			await end.promise;
		} finally {
			watchers.delete(watcher);
			signal.removeEventListener("abort", stop);
		}
	};
}
