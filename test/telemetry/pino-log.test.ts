import assert from "node:assert/strict";
import { test } from "node:test";
import { OrchestratorError } from "../../src/errors.ts";
import { createMetrics } from "../../src/telemetry/metrics.ts";
import { createLog, type LogSettings } from "../../src/telemetry/pino-log.ts";
import { createThinning } from "../../src/telemetry/thin-floods.ts";
import { eventually } from "../support/eventually.ts";
import { metricValue } from "../support/stores.ts";

function openLog(more: Partial<LogSettings> = {}) {
	const lines: string[] = [];
	const log = createLog(
		{
			level: "info",
			service: "orchestrator",
			version: "1.2.3",
			environment: "test",
			roles: ["api", "worker"],
			...more,
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

test("log: every line says which of several deployments it is", () => {
	const { log, lines } = openLog({ variant: "canary" });
	log.info({}, "plan started");
	assert.equal(JSON.parse(lines[0] ?? "").deployment_variant, "canary");
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

test("log: sensitive values are not written, whatever they stand in", () => {
	const { log, lines } = openLog({ sensitive: ["card*"] });
	const error = new OrchestratorError("STORE_UNAVAILABLE", "not written", {
		cause: new Error("no login at mongodb://ada:hidden@host with card=hidden"),
		password: "hidden",
	});
	log.warn(
		{ error, cards: "hidden", ticket: { parameters: '{"card_no":"hidden"}' } },
		"seen",
	);
	assert.doesNotMatch(lines[0] ?? "", /hidden/);
	assert.match(lines[0] ?? "", /mongodb:\/\/\*\*\*@host/);
	log.warn({ error: "Error: no broker, password=hidden" }, "a text");
	const { error: text } = JSON.parse(lines[1] ?? "");
	assert.equal(text, "Error: no broker, password=***");
});

test("log: every line has the ids of the trace at hand", () => {
	let trace: object | undefined = { trace_id: "t", span_id: "s" };
	const { log, lines } = openLog({ traceIds: () => trace });
	log.info({}, "within");
	trace = undefined;
	log.info({}, "after");
	const [within, after] = lines.map((line) => JSON.parse(line));
	assert.deepEqual([within.trace_id, within.span_id], ["t", "s"]);
	assert.ok(!("trace_id" in after));
});

test("log: of a flood of the same warning the first lines are written, the rest is counted; events of plans are all written", async () => {
	const metrics = createMetrics();
	const { log, lines } = openLog({
		onDropped: (level) => metrics.logLinesDropped.inc({ level }),
	});
	for (let plan = 0; plan < 500; plan += 1) {
		log.warn({ plan_id: `p-${plan}`, event: "fallback" }, "plan fallback");
		log.info({ plan_id: `p-${plan}`, event: "ended" }, "plan ended");
	}
	log.warn({ event: "refused" }, "plan fallback");
	const count = (event: string) =>
		lines.filter((line) => JSON.parse(line).event === event).length;
	assert.deepEqual(["fallback", "ended", "refused"].map(count), [20, 500, 1]);
	const dropped = "orchestration_log_lines_dropped_total";
	assert.equal(await metricValue(metrics, dropped, { level: "warn" }), 480);
});

test("createThinning: says at the end of the window how many lines were left out, and begins anew", async () => {
	const thinning = createThinning(20);
	const told: number[] = [];
	const write = () => thinning.mayWrite("a", (dropped) => told.push(dropped));
	const written = Array.from({ length: 50 }, write).filter(Boolean);
	assert.equal(written.length, 20);
	await eventually(() => told.length === 1);
	assert.deepEqual(told, [30]);
	assert.equal(write(), true);
});

test("log: for people a line has time, level, message and fields, and an error its stack below", () => {
	const { log, lines } = openLog({ format: "text" });
	log.warn(
		{ plan_id: "p-1", why: "no \u202e answer", error: new Error("lost") },
		"plan waits",
	);
	const [head = "", ...stack] = (lines[0] ?? "").split("\n");
	assert.match(
		head,
		/^\d\d:\d\d:\d\d\.\d{3} WARN {2}plan waits plan_id=p-1 why="no \\u202e answer"$/,
	);
	assert.match(stack.join("\n"), /^ {4}Error: lost\n {4}at /);
});
