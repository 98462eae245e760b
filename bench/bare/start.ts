import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { startChild, stopChild } from "../child.ts";
import type { Service } from "../service.ts";

const partNames = ["worker", "intake"] as const;
type PartName = (typeof partNames)[number];
const STOP_TIMEOUT_MS = 10_000;

/** Starts the bare code's two processes; resolves when both can work. */
export async function startBare(
	env: Readonly<Record<string, string>>,
): Promise<Service> {
	const running = new Map<PartName, ChildProcess>();
	const start = async (name: PartName) => {
		const file = path.join(import.meta.dirname, `${name}.ts`);
		const what = `the bare code's ${name}`;
		running.set(name, await startChild(file, what, env));
	};
	const stop = async (name: PartName) => {
		const child = running.get(name);
		if (child !== undefined) await stopChild(child, STOP_TIMEOUT_MS);
	};
	for (const name of partNames) await start(name);
	return {
		roles: partNames,
		pid: (role) => running.get(role as PartName)?.pid as number,
		address: (role) => {
			throw new Error(`the bare code's ${role} has no address`);
		},
		requestCounts: async () => ({}),
		restart: async (role) => {
			const name = role as PartName;
			await stop(name);
			await start(name);
		},
		stop: async () => void (await Promise.all(partNames.map(stop))),
	};
}
