import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync } from "node:fs";
import path from "node:path";
import { eventually } from "../support/eventually.ts";
import type { Vitals } from "./evidence.ts";
import type { KillPoint, Order } from "./inside.ts";

export interface RoleProcessOptions {
	/** `worker-1`; names the log file too. */
	name: string;
	/** Program and its arguments, relative to the root it is started in. */
	args: readonly string[];
	env: Readonly<Record<string, string>>;
	logDirectory: string;
	/** Asked until it is true; rejections count as no. */
	isReady(): Promise<boolean>;
	/** Told of an end that nobody asked for, and of a stop that was not clean. */
	onTrouble(what: string): void;
}

/** One process of the system, killed and started again at will under the same name. */
export interface RoleProcess {
	readonly name: string;
	/** Resolves when it is ready; `root` is where its code lies, `moreEnv` goes before its own environment. */
	start(
		root: string,
		moreEnv?: Readonly<Record<string, string>>,
	): Promise<void>;
	/** SIGTERM, then waits for its own end. */
	stop(): Promise<void>;
	/** SIGSTOP: it stands still, its connections stay open. */
	freeze(): void;
	/** SIGCONT; resolves when it is ready again. */
	thaw(): Promise<void>;
	/** SIGKILL; resolves when it is gone. */
	kill(): Promise<void>;
	/** Makes it die by itself at a point; answers whether it has within the time, and lets it live else. */
	dieAt(
		point: KillPoint,
		count: number,
		signal: AbortSignal,
	): Promise<"died" | "lives">;
	order(order: Order): void;
	vitals(): Promise<Vitals>;
}

/** A machine that others work on too takes minutes where an idle one takes ten seconds. */
const READY_TIMEOUT_MS = 180_000;
const STOP_TIMEOUT_MS = 45_000;
const inside = path.join(import.meta.dirname, "inside.ts");

export function createRoleProcess(options: RoleProcessOptions): RoleProcess {
	const { name, args, env, logDirectory, onTrouble } = options;
	const logFile = path.join(logDirectory, `${name}.log`);
	let child: ChildProcess | undefined;
	// Of an earlier run.
	rmSync(logFile, { force: true });

	function open(
		root: string,
		moreEnv: Readonly<Record<string, string>>,
	): ChildProcess {
		mkdirSync(logDirectory, { recursive: true });
		const log = openSync(logFile, "a");
		const opened = spawn(
			process.execPath,
			["--expose-gc", "--import", inside, ...args],
			{
				cwd: root,
				env: { ...env, ...moreEnv },
				stdio: ["ignore", log, log, "ipc"],
			},
		);
		closeSync(log);
		opened.once("exit", (code, signal) => {
			if (child !== opened) return;
			child = undefined;
			onTrouble(`${name} ended by itself (${signal ?? `exit ${code}`})`);
		});
		return opened;
	}

	function running(): ChildProcess {
		if (child === undefined) throw new Error(`${name} does not run`);
		return child;
	}

	async function untilReady(opened: ChildProcess): Promise<void> {
		await eventually(async () => {
			if (child !== opened) throw new Error(`${name} ended`);
			return await options.isReady();
		}, READY_TIMEOUT_MS);
	}

	/** Takes it from us first, so that its end is no surprise. */
	async function end(
		signal: NodeJS.Signals,
		timeoutMs: number,
	): Promise<number | null> {
		const ending = child;
		child = undefined;
		if (ending === undefined) return 0;
		const exited = once(ending, "exit");
		const hurry = setTimeout(() => {
			onTrouble(`${name} did not stop within ${timeoutMs} ms`);
			ending.kill("SIGKILL");
		}, timeoutMs);
		ending.kill(signal);
		// A frozen process hears of it only once it goes on.
		ending.kill("SIGCONT");
		const [code] = await exited;
		clearTimeout(hurry);
		return code as number | null;
	}

	return {
		name,
		async start(root, moreEnv = {}) {
			const opened = open(root, moreEnv);
			child = opened;
			await untilReady(opened);
		},
		freeze() {
			running().kill("SIGSTOP");
		},
		async thaw() {
			const frozen = running();
			frozen.kill("SIGCONT");
			await untilReady(frozen);
		},
		async stop() {
			const code = await end("SIGTERM", STOP_TIMEOUT_MS);
			if (code !== 0) onTrouble(`${name} stopped with exit code ${code}`);
		},
		async kill() {
			await end("SIGKILL", STOP_TIMEOUT_MS);
		},
		async dieAt(at, count, signal) {
			const doomed = running();
			const exited = once(doomed, "exit", { signal });
			child = undefined;
			doomed.send({ kind: "die", at, count } satisfies Order);
			try {
				await exited;
				return "died";
			} catch {
				doomed.send({ kind: "live" } satisfies Order);
				child = doomed;
				return "lives";
			}
		},
		order(order) {
			child?.send(order);
		},
		async vitals() {
			const asked = running();
			const answer = once(asked, "message");
			asked.send({ kind: "vitals" } satisfies Order);
			const [vitals] = await answer;
			return vitals as Vitals;
		},
	};
}
