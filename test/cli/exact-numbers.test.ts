import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { after, test } from "node:test";
import { runCli } from "./support/run-cli.ts";
import { sampleLetter } from "./support/samples.ts";

const folder = mkdtempSync(path.join(tmpdir(), "cli-numbers-"));
after(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "body.json");
const long = "7615917337495251231";
const numbers = `{"n":${long},"huge":1e400}`;
writeFileSync(file, `\ufeff${numbers}`);

/** A stand-in of the service that shows one letter, and keeps what is posted. */
const posted: string[] = [];
const letter = { ...sampleLetter, decoded: "NUMBERS" };
const shown = JSON.stringify(letter).replace('"NUMBERS"', numbers);
const settled = '{"state":"redriven","redrive_id":"r"}';
const server = createServer(async (request, response) => {
	if (request.method === "POST") posted.push(await text(request));
	response.end(request.method === "POST" ? settled : shown);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");
after(() => server.close());
const { port } = server.address() as AddressInfo;
const env = { ORCHESTRATOR_URL: `http://127.0.0.1:${port}` };

test("cli: numbers are shown with all their digits, to people and to programs", async () => {
	const drawn = await runCli(["dlq", "show", "a:0:1"], { env });
	assert.match(drawn.stdout, new RegExp(`"n": ${long},\\s+"huge": 1e400`));
	const json = await runCli(["dlq", "show", "a:0:1", "--json"], { env });
	assert.ok(json.stdout.includes(`"decoded":${numbers}`));
});

test("cli: numbers are sent with all their digits, without a byte-order mark", async () => {
	const reason = ["--reason", "mended"];
	await runCli(["dlq", "redrive", "a:0:1", "--body", file, ...reason], { env });
	await runCli(["submit", file], { env });
	await runCli(["dry-run", file], { env });
	assert.ok(posted[0]?.includes(`"body":${numbers}`), posted[0]);
	assert.deepEqual(posted.slice(1), [numbers, numbers]);
});
