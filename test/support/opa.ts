import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { TestContext } from "node:test";
import { createEmbeddedEngine } from "../../src/policy/embedded-engine.ts";
import type { PolicyEngine } from "../../src/policy/engine.ts";
import { findOpa } from "../../stack/fetch-opa.ts";
import { findFreePorts } from "../../stack/free-ports.ts";
import { regoFolder } from "../../stack/policy-artifact.ts";
import { waitUntil } from "../../stack/wait-until.ts";

/** For `skip` of tests that need the program: false when it is at hand. */
export const withoutOpa: string | false =
	findOpa() === undefined
		? "opa is not at hand: npm run policy builds it where Go is"
		: false;

export interface OpaServer {
	url: string;
	port: number;
	kill(): Promise<void>;
}

/** A real OPA server with our policies (or those of another folder), which ends with the test. */
export async function startOpa(
	t: Pick<TestContext, "after">,
	{ folder = regoFolder, port }: { folder?: string; port?: number } = {},
): Promise<OpaServer> {
	const own = port ?? ((await findFreePorts(1))[0] as number);
	const server = spawn(
		findOpa() as string,
		[
			...["run", "--server", "--addr", `127.0.0.1:${own}`],
			...["--skip-version-check", "--log-level", "error", folder],
		],
		{ stdio: "ignore" },
	);
	const kill = async () => {
		if (server.exitCode !== null || server.signalCode !== null) return;
		const ended = once(server, "exit");
		server.kill("SIGKILL");
		await ended;
	};
	t.after(kill);
	const url = `http://127.0.0.1:${own}`;
	await waitUntil(
		async () =>
			(await fetch(`${url}/health`).catch(() => undefined))?.ok === true,
		{ timeoutMs: 20_000, what: `OPA at ${url}` },
	);
	return { url, port: own, kill };
}

const artifact = path.join(import.meta.dirname, "../../src/policy/policy.wasm");

/** The engine that the service has by default. */
export async function openEmbedded(): Promise<PolicyEngine> {
	const wasm = new Uint8Array(readFileSync(artifact));
	return await createEmbeddedEngine({ wasm, data: {} });
}
