import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";

export interface Container {
	/** Runs a command in it; throws with what it printed when it fails. */
	exec(...command: string[]): string;
	signal(name: "TERM" | "KILL"): void;
	/** The exit code. */
	exited: Promise<number>;
	output(): string;
}

interface Bundle {
	process: {
		terminal: boolean;
		env: string[];
		noNewPrivileges: boolean;
		capabilities: Record<string, string[]>;
	};
	root: { readonly: boolean };
	mounts: object[];
	linux: { namespaces: { type: string }[]; resources: object };
}

const MEMORY_BYTES = 1_073_741_824;

/**
 * Runs an unpacked image as a cluster would: read-only, without capabilities, with a limit of memory; but in
 * the machine's network, where the servers are. It ends with the test.
 */
export function runContainer(
	t: TestContext,
	{ runc, bundle }: { runc: string; bundle: string },
	env: Readonly<Record<string, string>>,
): Container {
	const file = path.join(bundle, "config.json");
	const config = JSON.parse(readFileSync(file, "utf8")) as Bundle;
	const { process: first, root, linux } = config;
	first.terminal = false;
	first.noNewPrivileges = true;
	first.capabilities = {};
	first.env.push(...Object.entries(env).map((pair) => pair.join("=")));
	root.readonly = true;
	config.mounts.push({
		destination: "/tmp",
		type: "tmpfs",
		source: "tmpfs",
		options: ["nosuid", "nodev", "mode=1777", "size=64m"],
	});
	linux.namespaces = linux.namespaces.filter(({ type }) => type !== "network");
	linux.resources = { memory: { limit: MEMORY_BYTES } };
	writeFileSync(file, JSON.stringify(config));

	const id = `orchestrator-${process.pid}`;
	const state = path.join(bundle, "..", "state");
	const child = spawn(runc, ["--root", state, "run", "--bundle", bundle, id], {
		stdio: ["ignore", "pipe", "pipe"],
	});
	let output = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", (chunk: Buffer) => {
			output += chunk.toString();
		});
	const exited = once(child, "close").then(([code]) => code as number);
	const control = (...args: string[]) =>
		execFileSync(runc, ["--root", state, ...args], {
			stdio: ["ignore", "pipe", "pipe"],
		}).toString();
	t.after(async () => {
		if (child.exitCode === null) control("kill", id, "KILL");
		await exited;
	});
	return {
		exec: (...command) => control("exec", id, ...command),
		signal: (name) => void control("kill", id, name),
		exited,
		output: () => output,
	};
}
