import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import { findFreePorts } from "../../stack/free-ports.ts";
import { waitUntil } from "../../stack/wait-until.ts";
import { buildImage, missing, runc } from "./build-image.ts";
import { runContainer } from "./run-container.ts";

const MB = 1_048_576;
const root = path.join(import.meta.dirname, "..", "..");

test("image: a plan goes through it on a read-only file system; SIGTERM drains it", {
	skip: missing,
}, async (t) => {
	const folder = mkdtempSync(path.join(tmpdir(), "image-"));
	t.after(() => rmSync(folder, { recursive: true, force: true }));
	const { bundle, ownBytes, healthCheck } = await buildImage(folder, t.signal);
	checkContent(t, path.join(bundle, "rootfs/app"), ownBytes);

	const [port] = await findFreePorts(1);
	const address = `http://127.0.0.1:${port}`;
	const name = `image-${process.pid}`;
	const env = {
		...stackAddresses(),
		KAFKA_TOPIC_PREFIX: `${name}.`,
		TEMPORAL_TASK_QUEUE: name,
		MONGODB_DATABASE: name,
		HTTP_HOST: "127.0.0.1",
		HTTP_PORT: String(port),
	};
	const container = runContainer(t, { runc: runc(), bundle }, env);
	const get = async (route: string) => await fetch(`${address}${route}`);
	await waitUntil(async () => (await get("/ready")).ok, {
		timeoutMs: 90_000,
		what: "the container to be ready",
		signal: t.signal,
	});
	assert.throws(() => container.exec("touch", "/app/x"), /Read-only/);
	assert.match(container.exec("cat", "/proc/1/status"), /CapEff:\s+0+\n/);
	container.exec("orchestrator", "config");
	container.exec(...healthCheck);

	startAgents(t, { ...env, API_URL: address });
	const { stdout } = await promisify(execFile)(
		path.join(root, "scripts/validate"),
		["--url", address, "--give-up-after", "1m"],
		{ signal: t.signal },
	);
	assert.match(stdout, /ok +the plan succeeds/);
	assert.match(stdout, /all is well\n$/);

	container.signal("TERM");
	assert.equal(await container.exited, 0, container.output());
	assert.match(container.output(), /"msg":"service stopped"/);
});

/** Of the registry's base, node:24-bookworm-slim, 80 MB and 240 MB come on top: 300 and 450 in all. */
function checkContent(t: TestContext, app: string, ownBytes: number): void {
	const usage = execFileSync("du", ["-sm", app]).toString();
	const unpackedMb = Number.parseInt(usage, 10);
	const compressedMb = Math.round(ownBytes / MB);
	t.diagnostic(`${compressedMb} MB compressed, ${unpackedMb} MB unpacked`);
	assert.ok(compressedMb < 220, `${compressedMb} MB compressed`);
	assert.ok(unpackedMb < 210, `${unpackedMb} MB unpacked`);
	const sbom = readFileSync(path.join(app, "sbom.spdx.json"), "utf8");
	const { packages } = JSON.parse(sbom) as { packages: { name: string }[] };
	assert.ok(packages.some(({ name }) => name === "@temporalio/worker"));
	for (const name of ["test", "stack", ".env", "node_modules/typescript"])
		assert.ok(!existsSync(path.join(app, name)), `${name} is in the image`);
}

/** Where the servers of the test run are. */
function stackAddresses(): Record<string, string> {
	const names = [
		...["TEMPORAL_HOST", "KAFKA_BOOTSTRAP_SERVERS", "MONGODB_URI"],
		"REDIS_CLUSTER_NODES",
	];
	return Object.fromEntries(
		names.map((name) => [name, String(process.env[name])]),
	);
}

function startAgents(t: TestContext, env: Record<string, string>): void {
	const agents = spawn(
		process.execPath,
		[path.join(root, "stack/agents/main.ts")],
		{ env: { ...process.env, ...env }, stdio: "ignore" },
	);
	const ended = once(agents, "exit");
	t.after(async () => {
		agents.kill("SIGTERM");
		await ended;
	});
}
