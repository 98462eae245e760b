import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { openServiceWorld } from "../e2e/support/service-world.ts";
import { eventually } from "../support/eventually.ts";
import { readTour, withoutChance, writeTour } from "./support/tour.ts";

const root = path.join(import.meta.dirname, "..", "..");
const file = path.join(root, "README.md");
const readme = readFileSync(file, "utf8");
const steps = readTour(readme);
const PATIENCE_MS = 30_000;
/** `WRITE_TOUR=1 node --test` puts what the commands print into the README; then read it. */
const writes = process.env.WRITE_TOUR === "1";

// Before the first test: a run whose tests have all ended does not wait for later ones.
const world = await openServiceWorld({ after });
const { run, isRead } = makeShell(world.address());

test("README: its exit codes are those of the program", () => {
	for (const { code, meaning } of Object.values(exitCodes))
		assert.ok(readme.includes(`| ${code} | ${meaning} |`), `${code}`);
});

test("README: the tour has its commands", () =>
	assert.ok(steps.length >= 12, `${steps.length} commands`));

const outputs: string[] = [];

for (const { command, output } of steps)
	test(`README: ${command} prints what the tour shows`, async () => {
		outputs.push(await (writes ? run(command) : look(command, output)));
	});

after(() => {
	if (writes) writeFileSync(file, writeTour(readme, outputs));
});

/** What was done a moment ago may need one to be seen in a list. */
async function look(command: string, output: string): Promise<string> {
	const wanted = withoutChance(output);
	let printed = await run(command);
	if (isRead(command) && withoutChance(printed) !== wanted) {
		await eventually(async () => {
			printed = await run(command);
			return withoutChance(printed) === wanted;
		}, PATIENCE_MS).catch(() => undefined);
	}
	assert.equal(withoutChance(printed), wanted, command);
	return printed;
}

/** A shell in a folder with the tour's files, in which the plan's id is one nobody else has. */
function makeShell(address: string) {
	const folder = mkdtempSync(path.join(tmpdir(), "tour-"));
	after(() => rmSync(folder, { recursive: true }));
	const ids = new Map(
		// As long as the ones they stand for: tables keep their widths.
		["deploy-42", "deploy-43"].map((id) => [
			id,
			`d${randomBytes(4).toString("hex")}`,
		]),
	);
	const exchange = (text: string, back = false) =>
		[...ids].reduce(
			(one, [id, other]) =>
				back ? one.replaceAll(other, id) : one.replaceAll(id, other),
			text,
		);
	const files = path.join("docs", "tour");
	mkdirSync(path.join(folder, files), { recursive: true });
	for (const name of readdirSync(path.join(root, files))) {
		const text = readFileSync(path.join(root, files, name), "utf8");
		writeFileSync(path.join(folder, files, name), exchange(text));
	}
	symlinkSync(
		path.join(root, "bin", "orchestrator.mjs"),
		path.join(folder, "orchestrator"),
	);
	const env = {
		...process.env,
		PATH: `${folder}${path.delimiter}${process.env.PATH}`,
		ORCHESTRATOR_URL: address,
		COLUMNS: "100",
	};
	const start = promisify(execFile);
	return {
		/** What the command prints, on both streams but for what says that it waits. */
		async run(command: string): Promise<string> {
			// The files keep their names; what is in them has the other id.
			const line = command
				.split(/(docs\/tour\/\S+)/)
				.map((part) => (part.startsWith("docs/") ? part : exchange(part)))
				.join("");
			const args = ["-c", `{ ${line}\n} 2>&1 || true`];
			const { stdout } = await start("bash", args, { cwd: folder, env });
			return exchange(stdout, true)
				.replace(/^… .*\n/gm, "")
				.trim();
		},
		isRead: (command: string) =>
			/^orchestrator (plans (why|watch|tickets|timeline)|approvals|audit)|^curl -s "/.test(
				command,
			),
	};
}
