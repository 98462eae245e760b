import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { eventually } from "../support/eventually.ts";

const here = import.meta.dirname;
const bench = path.join(here, "..", "..", "bench");

test("bench: the service's processes end when their launcher is killed", async (t) => {
	const launcher = fork(path.join(here, "launch-and-wait.ts"), [
		path.join(bench, "count-requests.ts"),
	]);
	const [pid] = (await once(launcher, "message")) as [number];
	t.after(() => isAlive(pid) && process.kill(pid, "SIGKILL"));
	assert.ok(isAlive(pid));
	launcher.kill("SIGKILL");
	await once(launcher, "exit");
	await eventually(() => !isAlive(pid));
});

test("bench: every process that tells its launcher something ends with it", () => {
	const children = readdirSync(bench, { recursive: true, encoding: "utf8" })
		.filter((file) => file.endsWith(".ts"))
		.map((file) => readFileSync(path.join(bench, file), "utf8"))
		.filter((text) => text.includes("process.send"));
	assert.ok(children.length >= 4);
	for (const text of children) assert.match(text, /end-with-parent\.ts/);
});

function isAlive(pid: number): boolean {
	try {
		return process.kill(pid, 0);
	} catch {
		return false;
	}
}
