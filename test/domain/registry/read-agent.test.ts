import assert from "node:assert/strict";
import { test } from "node:test";
import {
	createAgentReader,
	slotsOf,
} from "../../../src/domain/registry/read-agent.ts";
import { telemetry } from "../../support/agents-at-work.ts";

type Reader = ReturnType<typeof createAgentReader>;

const wrong: [what: string, take: (it: Reader) => unknown, problem: RegExp][] =
	[
		["no id", (it) => it.id("agent_id", ""), /^agent_id must be/],
		["an id of 201", (it) => it.id("agent_id", "a".repeat(201)), /1 to 200/],
		["a line break", (it) => it.id("agent_id", "a\nb"), /agent_id/],
		["a path", (it) => it.id("agent_id", "../a"), /agent_id/],
		["65 words", (it) => it.words("capabilities", Array(65).fill("a")), /64/],
		[
			"a long word",
			(it) => it.words("capabilities", ["a".repeat(65)]),
			/\[0\]/,
		],
		[
			"33 entries",
			(it) =>
				it.metadata(
					"metadata",
					Object.fromEntries(Array.from({ length: 33 }, (_, at) => [at, ""])),
				),
			/metadata must be at most 32/,
		],
		[
			"a long value",
			(it) => it.metadata("m", { a: "x".repeat(2_049) }),
			/m\.a/,
		],
		[
			"a hidden turn",
			(it) => it.metadata("m", { a: "x\u202ey" }),
			/can be seen/,
		],
		[
			"a rate above 1",
			(it) => it.telemetry(telemetry({ success_rate: 1.1 })),
			/success_rate must be a number from 0 to 1/,
		],
		[
			"no number",
			(it) => it.telemetry(telemetry({ success_rate: Number.NaN })),
			/success_rate/,
		],
		[
			"less than nothing",
			(it) => it.telemetry(telemetry({ avg_duration_ms: -1 })),
			/avg_duration_ms/,
		],
		[
			"a number beyond 2^53",
			(it) => it.telemetry(telemetry({ total_executions: 2 ** 60 })),
			/total_executions/,
		],
		[
			"a million tasks",
			(it) => it.telemetry(telemetry({ active_tasks: 1_000_000 })),
			/active_tasks/,
		],
		["an unknown filter", (it) => it.filters({ colour: "red" }), /colour/],
	];
for (const [what, take, problem] of wrong)
	test(`createAgentReader: ${what} is a problem that names the field`, () => {
		const reader = createAgentReader();
		take(reader);
		assert.match(reader.problems.join("; "), problem);
	});

test("createAgentReader: what the agents in the field say is read", () => {
	const reader = createAgentReader();
	assert.equal(
		reader.id("agent_id", "worker-agents-7f9c.1"),
		"worker-agents-7f9c.1",
	);
	assert.deepEqual(reader.words("c", ["python", "python", "k8s/apply"]), [
		"python",
		"k8s/apply",
	]);
	assert.deepEqual(reader.metadata("m", { http_port: "8080" }), {
		http_port: "8080",
	});
	const { active_tasks: _, max_concurrent_tasks: __, ...old } = telemetry();
	assert.equal(reader.telemetry(old)?.active_tasks, null);
	assert.deepEqual(reader.problems, []);
});

test("slotsOf: telemetry, else metadata, else 1", () => {
	const metadata = { max_concurrent_tasks: "4" };
	const said = telemetry({ max_concurrent_tasks: 8 });
	assert.equal(slotsOf({ telemetry: said, metadata }), 8);
	assert.equal(slotsOf({ telemetry: null, metadata }), 4);
	assert.equal(slotsOf({ telemetry: null, metadata: {} }), 1);
	const odd = { max_concurrent_tasks: "many" };
	assert.equal(slotsOf({ telemetry: null, metadata: odd }), 1);
});
