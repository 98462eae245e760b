import type { ManagedServer } from "./managed-server.ts";
import type { ServerProcess } from "./server-process.ts";

export interface Controls {
	first: ServerProcess;
	/** Starts another process in its place, ready when it resolves. */
	restart(): Promise<ServerProcess>;
	stop(process: ServerProcess): Promise<void>;
	untilReady(process: ServerProcess): Promise<void>;
	/** Told of an end that nobody asked for. */
	onLost(how: string): void;
}

/** Stop and start of a server that runs. */
export function controlServer(
	controls: Controls,
): Pick<ManagedServer, "stop" | "start"> {
	let current: ServerProcess | undefined;
	let isFrozen = false;
	const adopt = (process: ServerProcess) => {
		current = process;
		process.exited.then((how) => {
			if (current !== process) return;
			current = undefined;
			controls.onLost(how);
		});
	};
	adopt(controls.first);
	return {
		async stop(signal = "SIGTERM") {
			const process = current;
			if (process === undefined) return;
			isFrozen = signal === "SIGSTOP";
			if (isFrozen) return process.kill(signal);
			current = undefined;
			if (signal === "SIGTERM") return controls.stop(process);
			process.kill(signal);
			await process.exited;
		},
		async start() {
			if (current === undefined) return adopt(await controls.restart());
			if (!isFrozen) return;
			isFrozen = false;
			current.kill("SIGCONT");
			await controls.untilReady(current);
		},
	};
}
