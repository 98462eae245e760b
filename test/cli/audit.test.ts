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
