import assert from "node:assert/strict";
import { test } from "node:test";
import { type CliIo, hasColour } from "../../src/cli/cli-io.ts";
import { runCli } from "../../src/cli/run-cli.ts";

const cases: {
	name: string;
	env?: CliIo["env"];
	isTTY?: boolean;
	isWanted?: boolean;
	wanted: boolean;
}[] = [
	{ name: "a terminal", wanted: true },
	{ name: "no terminal", isTTY: false, wanted: false },
	{ name: "NO_COLOR is set", env: { NO_COLOR: "1" }, wanted: false },
	{
		name: "NO_COLOR is 0: any text says so",
		env: { NO_COLOR: "0" },
		wanted: false,
	},
	{
		name: "NO_COLOR is empty, which is not set",
		env: { NO_COLOR: "" },
		wanted: true,
	},
	{ name: "a dumb terminal", env: { TERM: "dumb" }, wanted: false },
	{ name: "--no-color", isWanted: false, wanted: false },
];

for (const { name, env = {}, isTTY = true, isWanted = true, wanted } of cases)
	test(`hasColour: ${name}`, () => {
		const output = { isTTY, write: () => undefined };
		assert.equal(hasColour(output, env, isWanted), wanted);
	});

/** What a command line writes on a terminal. */
async function onTerminal(args: string[], env: CliIo["env"]): Promise<string> {
	let written = "";
	const output = {
		isTTY: true,
		write: (text: string) => {
			written += text;
		},
	};
	await runCli(args, {
		env,
		stdin: (async function* () {})(),
		stdout: output,
		stderr: output,
		signal: new AbortController().signal,
		letGo: () => undefined,
	});
	return written;
}

test("cli: NO_COLOR and --no-color leave no escape on a terminal, neither in an answer nor in an error", async () => {
	const token = ["token", "create", "--name", "ci", "--role", "viewer"];
	const nowhere = ["plans", "list", "--url", "http://127.0.0.1:1"];
	for (const args of [token, nowhere]) {
		const coloured = await onTerminal(args, {});
		assert.ok(coloured.includes("\x1b["), `${args} has colours`);
		for (const plain of [
			await onTerminal(args, { NO_COLOR: "1" }),
			await onTerminal([...args, "--no-color"], {}),
		])
			assert.ok(!plain.includes("\x1b"), plain);
	}
});
