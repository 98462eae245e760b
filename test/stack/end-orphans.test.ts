import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { type TestContext, test } from "node:test";
import { endOrphans } from "../../stack/end-orphans.ts";
import {
	identifyProcess,
	isAlive,
	type ProcessIdentity,
} from "../../stack/process-identity.ts";

test("endOrphans: ends a process that is still the one on record", async (t) => {
	const orphan = identify(startIdle(t));
	await endOrphans({ redis: orphan });
	assert.equal(isAlive(orphan), false);
});

test("endOrphans: leaves a process alone that got the pid since", async (t) => {
	const stranger = identify(startIdle(t));
	const recorded = { pid: stranger.pid, startedAt: "another start" };
	await endOrphans({ redis: recorded });
	assert.equal(isAlive(stranger), true);
});

test("endOrphans: a process that has ended long ago is no error", async (t) => {
	const child = startIdle(t);
	const ended = identify(child);
	await endOrphans({ redis: ended });
	await endOrphans({ redis: ended });
});

/** A group of its own, as every server of the stack has. */
function startIdle(t: TestContext): ChildProcess {
	const program = "setInterval(() => {}, 60_000)";
	const child = spawn(process.execPath, ["--eval", program], {
		detached: true,
		stdio: "ignore",
	});
	t.after(() => child.kill("SIGKILL"));
	return child;
}

function identify({ pid = 0 }: ChildProcess): ProcessIdentity {
	const identity = identifyProcess(pid);
	assert.ok(identity, `pid ${pid} does not live`);
	return identity;
}
