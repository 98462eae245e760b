import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createLog } from "../../src/telemetry/pino-log.ts";

function openLog() {
	const lines: string[] = [];
	const log = createLog(
		{
			level: "info",
			service: "orchestrator",
			version: "1.2.3",
			environment: "test",
			roles: ["api", "worker"],
		},
		{ write: (line) => void lines.push(line) },
	);
	return { log, lines };
}

test("log: one JSON line an entry, with the service in it, from the level on", () => {
	const { log, lines } = openLog();
	log.debug({}, "not seen");
	log.info({ plan_id: "p" }, "plan started");
	assert.equal(lines.length, 1);
	const { time, ...entry } = JSON.parse(lines[0] ?? "");
	assert.ok(!Number.isNaN(Date.parse(time)));
	assert.deepEqual(entry, {
		level: "info",
		service: "orchestrator",
		version: "1.2.3",
		environment: "test",
		role: "api,worker",
		plan_id: "p",
		msg: "plan started",
	});
});

test("log: an error comes with its code and its causes", () => {
	const { log, lines } = openLog();
	const cause = new Error("connection refused");
	const error = new OrchestratorError("STORE_UNAVAILABLE", "not written", {
		cause,
	});
	log.warn({ error }, "failed");
	const entry = JSON.parse(lines[0] ?? "");
	assert.equal(entry.error.code, "STORE_UNAVAILABLE");
	assert.match(JSON.stringify(entry.error), /connection refused/);
});

test("log: secrets are not written", () => {
	const { log, lines } = openLog();
	log.info(
		{
			password: "hidden",
			redis: { password: "hidden" },
			request: { headers: { authorization: "hidden" } },
		},
		"seen",
	);
	assert.doesNotMatch(lines[0] ?? "", /hidden/);
});

test("log: what a terminal must not get is written as its escape, and is the same to a program", () => {
	const { log, lines } = openLog();
	const actor = "a\u200b\u202eb\x1b[2J\x9b\u2028\u{e0041}";
	log.warn({ actor, error: new Error(actor) }, `asked by ${actor}`);
	const [line = ""] = lines;
	assert.match(line, /^[ -~]*\n$/);
	const { msg, ...entry } = JSON.parse(line);
	assert.equal(entry.actor, actor);
	assert.equal(entry.error.message, actor);
	assert.equal(msg, `asked by ${actor}`);
});
