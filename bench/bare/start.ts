import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Service } from "../service.ts";

const partNames = ["worker", "intake"] as const;
type PartName = (typeof partNames)[number];
const STOP_TIMEOUT_MS = 10_000;

/** Starts the bare code's two processes; resolves when both can work. */
export async function startBare(
	env: Readonly<Record<string, string>>,
): Promise<Service> {
	const running = new Map<PartName, ChildProcess>();
	const start = async (name: PartName) =>
		void running.set(name, await startPart(name, env));
	for (const name of partNames) await start(name);
	return {
		roles: partNames,
		pid: (role) => running.get(role as PartName)?.pid as number,
		requestCounts: async () => ({}),
		restart: async (role) => {
			const name = role as PartName;
			await stopPart(running.get(name));
			await start(name);
		},
		stop: async () =>
			void (await Promise.all([...running.values()].map(stopPart))),
	};
}

async function startPart(
	name: PartName,
	env: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
	const file = path.join(import.meta.dirname, `${name}.ts`);
	const child = spawn(process.execPath, [file], {
		stdio: ["ignore", "ignore", "inherit", "ipc"],
		env: { ...process.env, ...env },
	});
	await Promise.race([
		once(child, "message"),
		once(child, "exit").then(() => {
			throw new Error(`the bare code's ${name} ended at its start`);
		}),
	]);
	return child;
}

async function stopPart(child: ChildProcess | undefined): Promise<void> {
	if (child === undefined) return;
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGTERM");
	const hurry = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
	await exited;
	clearTimeout(hurry);
}
