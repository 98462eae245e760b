import assert from "node:assert/strict";
import { test } from "node:test";
import { joinVerdicts } from "../../src/cli/render/audit.ts";
import { answerAlike } from "./support/answer-alike.ts";
import { runCli } from "./support/run-cli.ts";

test("cli audit verify: a telemetry frame's word is passed on, with its plan", async () => {
	const seen: string[] = [];
	const body = { ok: true, plans: 1, records: 5, faults: [] };
	const url = await answerAlike({ status: 200, body }, seen);
	const env = { ORCHESTRATOR_URL: url };
	const head = ["--head", `7:5:${"a".repeat(64)}`];
	const done = await runCli(["audit", "verify", "p", ...head], { env });
	assert.equal(done.code, 0, done.stderr);
	const { searchParams } = new URL(seen[0]?.split(" ")[1] ?? "", url);
	assert.deepEqual(
		[...searchParams],
		[
			["plan_id", "p"],
			["head", head[1]],
		],
	);
	const unnamed = await runCli(["audit", "verify", ...head], { env });
	assert.equal(unnamed.code, 2);
	assert.match(unnamed.stderr, /what to do: name the plan/);
});

test("cli audit verify: says of a purged plan when it was purged, and its last hash", async () => {
	const last_hash = "a".repeat(64);
	const body = {
		...{ ok: true, plans: 1, records: 1, left_over: 0, purged: 1, faults: [] },
		purges: [
			{ at: 0, actor: "ada", reason: "policy 7", last_hash, last_sequence: 5 },
		],
		witnesses: { temporal: 0, given: 1, signatures: 0 },
	};
	const env = { ORCHESTRATOR_URL: await answerAlike({ status: 200, body }) };
	const { stdout } = await runCli(["audit", "verify", "p"], { env });
	const told = stdout.replace(/\s+/g, " ");
	assert.ok(
		told.includes(
			`purged on 1970-01-01T00:00:00.000Z, last hash ${last_hash} of record 5: policy 7`,
		),
		stdout,
	);
	const all = { ...body, purges: undefined };
	const url = await answerAlike({ status: 200, body: all });
	const every = await runCli(["audit", "verify"], {
		env: { ORCHESTRATOR_URL: url },
	});
	assert.match(every.stdout, /1 trail closed by a purge/);
});

test("joinVerdicts: what any of them has found counts, once a plan", () => {
	const witnesses = { temporal: 2, given: 0, signatures: 0 };
	const fault = { plan_id: "p", sequence: 3, kind: "altered", detail: "it is" };
	const first = { ok: true, plans: 2, records: 9, witnesses, faults: [] };
	const other = {
		...first,
		ok: false,
		plans: 1,
		witnesses: { temporal: 0, given: 4, signatures: 0 },
		faults: [fault, { ...fault, sequence: 5 }],
	};
	assert.deepEqual(joinVerdicts([first, other, other]), {
		...first,
		ok: false,
		witnesses: { temporal: 2, given: 8, signatures: 0 },
		faults: [fault],
	});
	assert.equal(joinVerdicts([first]).ok, true);
});
