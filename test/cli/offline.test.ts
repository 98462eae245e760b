import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import {
	mkdtempSync,
	rmSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import type { Command } from "commander";
import { describeExitCodes, exitCodes } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { hashToken } from "../../src/http/access/token-record.ts";
import { answerAlike } from "./support/answer-alike.ts";
import { runCli, startCli } from "./support/run-cli.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cli-"));
after(() => rmSync(folder, { recursive: true }));
/** Nothing of the machine's own settings. */
const nowhere = {
	ORCHESTRATOR_URL: "http://127.0.0.1:1",
	ORCHESTRATOR_TOKEN: "",
};
const run = (args: string[], env: Record<string, string> = {}, input = "") =>
	runCli(args, { env: { ...nowhere, ...env }, input, cwd: folder });

function listCommands(command: Command): Command[] {
	return [command, ...command.commands.flatMap(listCommands)];
}

test("cli: every command says what it does and has examples", () => {
	const silent = { write: () => undefined };
	const io = { env: {}, stdin: [] as never, stdout: silent, stderr: silent };
	const signal = new AbortController().signal;
	const letGo = () => undefined;
	const program = createProgram({ ...io, signal, letGo }, () => undefined);
	const commands = listCommands(program).filter(
		({ commands }) => commands.length === 0,
	);
	assert.ok(commands.length >= 25, `${commands.length}`);
	for (const command of commands) {
		// Commander's own, hidden: asked by the completion scripts.
		if (command.name() === "complete") continue;
		let help = "";
		command.configureOutput({ writeOut: (text) => (help += text) });
		command.outputHelp();
		assert.notEqual(command.description(), "", command.name());
		assert.match(help, /\nExamples:\n {2}orchestrator \S/, command.name());
	}
});

test("cli --help: lists the exit codes, which are stable", async () => {
	const { code, stdout } = await run(["--help"]);
	assert.equal(code, 0);
	assert.ok(stdout.includes(describeExitCodes()));
	const codes = Object.values(exitCodes).map(({ code }) => code);
	assert.deepEqual(codes, [0, 1, 2, 3, 4, 5, 6, 7, 130]);
});

test("cli: what is not there, not valid, or not answering has its own exit code and says what to do", async () => {
	const latin = path.join(folder, "latin.json");
	const cases: [args: string[], code: number, said: RegExp][] = [
		[["plans", "list"], 6, /cannot reach .*what to do: .*orchestrator serve/s],
		[["plans", "list", "--status", "ODD"], 2, /Allowed choices are VALIDATING/],
		[["plans", "list", "--limit", "0"], 2, /whole number from 1/],
		[["plans", "list", "--created-after", "soon"], 2, /It is a time/],
		[["plans", "list", "--url", "x"], 2, /not an address.*what to do/s],
		[["plans", "list", "--token-file", "no"], 2, /token's file.*what to do/s],
		[["plan"], 2, /unknown command 'plan'.*Did you mean plans/s],
		[["submit", "no.json"], 2, /cannot read no\.json.*what to do/s],
		[["submit", latin], 2, /cannot read .*no UTF-8.*what to do/s],
		[["plans", "list", "--token-file", latin], 2, /token's file/],
		[["dlq", "redrive", "--reason", "r"], 2, /which letters.*what to do/s],
		[["topics", "check"], 2, /KAFKA_BOOTSTRAP_SERVERS is not set/],
		[["serve"], 2, /KAFKA_BOOTSTRAP_SERVERS is not set/],
	];
	writeFileSync(latin, Buffer.from('{"plan_id":"caf\xe9"}', "latin1"));
	const env = { KAFKA_BOOTSTRAP_SERVERS: "" };
	await Promise.all(
		cases.map(async ([args, code, said]) => {
			const done = await run(args, env);
			assert.equal(done.code, code, `${args}: ${done.stderr}`);
			assert.match(done.stderr, said);
		}),
	);
});

test("cli --json: an error is one document on stdout", async () => {
	for (const args of [
		["plans", "list", "--json"],
		["plans", "--json", "odd"],
	]) {
		const { stdout, code } = await run(args);
		const { error } = JSON.parse(stdout);
		assert.equal(error.exit_code, code);
		assert.ok(error.message.length > 0);
	}
});

test("cli: the service's answers become exit codes, with its hint as what to do", async () => {
	const cases = [
		[401, 5, /ORCHESTRATOR_TOKEN/],
		[403, 5, /role/],
		[404, 3, /no such plan/],
		[409, 4, /no such plan/],
		[422, 4, /no such plan/],
		[429, 6, /wait a moment/],
		[503, 6, /orchestrator doctor/],
		[500, 1, /request r-1/],
	] as const;
	for (const [status, code, said] of cases) {
		const url = await answerAlike({
			status,
			body: {
				type: "about:blank",
				code: "PLAN_NOT_FOUND",
				detail: "no such plan",
				request_id: "r-1",
			},
		});
		const done = await run(["plans", "get", "p"], { ORCHESTRATOR_URL: url });
		assert.equal(done.code, code, `${status}: ${done.stderr}`);
		assert.match(done.stderr, said);
	}
});

test("cli: the token comes from the environment or a file, the file of the command line first", async () => {
	const seen: string[] = [];
	const url = await answerAlike(
		{ status: 200, body: { plans: [], next_cursor: null } },
		seen,
	);
	const file = path.join(folder, "token");
	writeFileSync(file, "\ufefffrom-file\n");
	const env = { ORCHESTRATOR_URL: url, ORCHESTRATOR_TOKEN: "from-env" };
	await run(["plans", "list"], env);
	await run(["plans", "list", "--token-file", file], env);
	await run(["plans", "list"], {
		ORCHESTRATOR_URL: url,
		ORCHESTRATOR_TOKEN_FILE: file,
	});
	assert.deepEqual(
		seen.map((line) => line.split(" ").at(-1)),
		["from-env", "from-file", "from-file"],
	);
});

test("cli: what a service says cannot move the cursor of the terminal", async () => {
	const detail = "\x1b]0;owned\x07\x1b[2J\n✔ plan p approved";
	const known = { type: "about:blank", request_id: "r-1" };
	const body = { ...known, code: "PLAN_NOT_FOUND", detail };
	const url = await answerAlike({ status: 404, body });
	const { stderr } = await run(["plans", "get", "p"], {
		ORCHESTRATOR_URL: url,
	});
	assert.ok(!stderr.includes("\x1b") && !stderr.includes("\x07"));
	assert.match(stderr, /^✘ error: .*↵✔ plan p approved\n$/, "nor add a line");
});

test("cli: Ctrl-C ends it with 130", async () => {
	const server = createServer(() => undefined).listen(0, "127.0.0.1");
	await once(server, "listening");
	const { port } = server.address() as AddressInfo;
	const asked = once(server, "request");
	const child = startCli(["plans", "watch", "p"], {
		env: { ORCHESTRATOR_URL: `http://127.0.0.1:${port}` },
	});
	const ended = once(child, "exit");
	await asked;
	child.kill("SIGINT");
	assert.deepEqual(await ended, [130, null]);
	server.closeAllConnections();
	server.close();
});

test("cli token create: the service keeps a hash that the token has", async () => {
	const args = ["--name", "ci", "--role", "viewer", "--expires-in", "90d"];
	const { stdout } = await run(["token", "create", ...args, "--json"]);
	const { token, record } = JSON.parse(stdout);
	assert.equal(hashToken(token).toString("hex"), record.sha256);
	assert.ok(!JSON.stringify(record).includes(token));
	assert.ok(Date.parse(record.expires_at) > Date.now());
});

test("cli config: tells values and where they are from, with secrets masked", async () => {
	writeFileSync(path.join(folder, ".env"), "HTTP_PORT=8123\n");
	const env = {
		KAFKA_BOOTSTRAP_SERVERS: "k:9092",
		MONGODB_URI: "mongodb://ana:s3cret@m:27017",
		REDIS_CLUSTER_NODES: "r:6379",
		REDIS_PASSWORD: "s3cret",
	};
	const { code, stdout } = await run(["config", "--changed"], env);
	assert.equal(code, 0);
	assert.ok(!stdout.includes("s3cret"));
	assert.match(stdout, /HTTP_PORT +8123 +\.env/);
	assert.match(stdout, /KAFKA_BOOTSTRAP_SERVERS +k:9092 +environment/);
	const bad = await run(["config"], { ...env, HTTP_PORT: "many" });
	assert.equal(bad.code, 2);
	assert.match(bad.stdout, /problems: the service will not start/);
});

test("cli replay --file: says at which event today's code departs from a history", async () => {
	const histories = path.join(import.meta.dirname, "..", "histories");
	const file = path.join(histories, "v2-retry-compensation.json");
	const same = await run(["replay", "recorded", "--file", file]);
	assert.equal(same.code, 0, same.stderr);
	const { default: history } = await import(file, { with: { type: "json" } });
	const event = history.events.find(
		(one: object) => "timerStartedEventAttributes" in one,
	);
	const { workflowTaskCompletedEventId } = event.timerStartedEventAttributes;
	const activityType = { name: "somethingElse" };
	const other = {
		...history,
		events: history.events.map((one: object) =>
			one === event
				? {
						eventId: event.eventId,
						eventTime: event.eventTime,
						taskId: event.taskId,
						eventType: "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED",
						activityTaskScheduledEventAttributes: {
							activityId: "1",
							activityType,
							taskQueue: { name: "q" },
							workflowTaskCompletedEventId,
						},
					}
				: one,
		),
	};
	const input = JSON.stringify(other);
	const departs = ["replay", "recorded", "--file", "-", "--json"];
	const { code, stdout } = await run(departs, {}, input);
	assert.equal(code, 1);
	const { departure } = JSON.parse(stdout);
	assert.equal(departure.event_id, Number(event.eventId));
	assert.equal(departure.recorded, "ActivityTaskScheduled somethingElse");
	assert.equal(departure.code, "Timer");
});

test("cli completion: a script for each shell, and it asks the program", async () => {
	for (const shell of ["bash", "zsh", "fish"]) {
		const { code, stdout } = await run(["completion", shell]);
		assert.equal(code, 0);
		assert.match(stdout, /orchestrator complete/);
	}
	const options = await run(["complete", "--", "plans", "list", "--sort", ""]);
	assert.match(options.stdout, /^created\t*\nslack\t*\nprogress/);
});

test("bin/orchestrator.mjs: runs from anywhere, through a link, and hands the exit code on", async () => {
	const link = path.join(folder, "orchestrator");
	const bin = path.join(import.meta.dirname, "../../bin/orchestrator.mjs");
	symlinkSync(bin, link);
	const { spawnSync } = await import("node:child_process");
	const done = spawnSync(link, ["plans", "list", "--status", "ODD"], {
		cwd: folder,
		encoding: "utf8",
	});
	assert.equal(done.status, 2, done.stderr);
	assert.match(done.stderr, /Allowed choices/);
});

test("cli token create: no example throws the only token away, or shows it to others", async () => {
	const { stdout } = await run(["token", "create", "--help"]);
	const piped = stdout.split("\n").filter((line) => line.includes(".record"));
	assert.equal(piped.length, 1);
	const [, shown = ""] =
		/orchestrator (token create .*tokens\.jsonl\))/.exec(piped[0] ?? "") ?? [];
	assert.match(shown, /--json \| \(umask 077; tee \S+ \| jq -c \.record >> /);
	// What is written by it is for its maker alone, whatever the shell's umask.
	const tools = shown
		.replace(/^.*?\|/, "echo token |")
		.replace("jq -c .record", "cat");
	await promisify(execFile)("sh", ["-c", `umask 022; ${tools}`], {
		cwd: folder,
	});
	for (const name of ["ci.json", "tokens.jsonl"]) {
		const { mode } = statSync(path.join(folder, name));
		assert.equal(mode & 0o777, 0o600, name);
	}
});
