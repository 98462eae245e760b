import assert from "node:assert/strict";
import { test } from "node:test";
import {
	generateTickets,
	timeoutMs,
} from "../../src/domain/generate-tickets.ts";
import { markedNames } from "../../src/domain/redact.ts";
import { attemptId } from "../../src/domain/ticket-ids.ts";
import { LAST_TIMESTAMP_MS } from "../../src/domain/timestamps.ts";
import { madeAtMs, ticketsOf } from "../support/executions.ts";
import { planSettings } from "../support/plan-inputs.ts";
import {
	chainOf,
	passedPlan,
	planJson,
	type TaskSketch,
} from "../support/plans.ts";

/** The service's defaults (contracts.md, "Ticket terms by risk band"). */
const settings = { ...planSettings, ticketMinTimeoutMs: 60_000 };

// contracts.md, "Ticket terms by risk band"
const timeouts: [
	minimum: number,
	factor: number,
	estimate: number,
	expected: number,
][] = [
	[60_000, 3, 1, 60_000],
	[60_000, 3, 19_999, 60_000],
	[60_000, 3, 20_000, 60_000],
	[60_000, 3, 20_001, 60_003],
	[60_000, 3, 600_000, 1_800_000],
	[90_000, 4, 10_000, 90_000],
	[60_000, 4, 30_000, 120_000],
	[120_000, 2, 50_000, 120_000],
	[60_000, 2.5, 30_001, 75_002],
];

for (const [minimum, factor, estimate, expected] of timeouts)
	test(`timeoutMs: at least ${minimum}, ${factor} times ${estimate} is ${expected}`, () =>
		assert.equal(
			timeoutMs(estimate, {
				...settings,
				ticketMinTimeoutMs: minimum,
				ticketTimeoutMultiplier: factor,
			}),
			expected,
		));

test("generateTickets: a diamond, dependencies by position in topological order", () => {
	const { specs } = ticketsOf(
		[["d", ["b", "c"]], ["a"], ["b", ["a"]], ["c", ["a"]]],
		{ execution_order: ["a", "c", "b", "d"] },
	);
	assert.deepEqual(
		specs.map(({ task_id, dependencies }) => [task_id, dependencies]),
		[
			["a", []],
			["c", [0]],
			["b", [0]],
			["d", [2, 1]],
		],
	);
});

test("generateTickets: the deadline is creation and the time-outs of the longest path to the ticket", () => {
	const { specs } = ticketsOf(
		[
			["a", [], { estimated_duration_ms: 100_000 }],
			["b", ["a"], { estimated_duration_ms: 1 }],
			["c", ["a"], { estimated_duration_ms: 50_000 }],
			["d", ["b", "c"]],
		],
		{},
		settings,
	);
	assert.deepEqual(
		specs.map(({ timeout_ms, deadline }) => [timeout_ms, deadline - madeAtMs]),
		[
			[300_000, 300_000],
			[60_000, 360_000],
			[150_000, 450_000],
			// No estimate is a minute, three times.
			[180_000, 630_000],
		],
	);
});

test("generateTickets: no deadline leaves the calendar", () => {
	const years = { estimated_duration_ms: 365 * 24 * 3_600_000 };
	const tasks = chainOf(5_000).map(
		([id, needs]) => [id, needs ?? [], years] as const,
	);
	const { specs } = ticketsOf(
		tasks,
		{},
		{ ...settings, ticketTimeoutMultiplier: 1_000 },
	);
	assert.equal(specs.at(-1)?.deadline, LAST_TIMESTAMP_MS);
});

const bands = [
	["critical", 5, "EXACTLY_ONCE", "STRONG"],
	["high", 3, "EXACTLY_ONCE", "STRONG"],
	["medium", 2, "AT_LEAST_ONCE", "EVENTUAL"],
	["low", 1, "AT_LEAST_ONCE", "EVENTUAL"],
] as const;

for (const [risk_band, retries, delivery_mode, consistency] of bands)
	test(`termsOf: ${risk_band} risk is ${retries} retries, ${delivery_mode}, ${consistency}`, () => {
		const { terms } = ticketsOf([["a"]], { risk_band });
		assert.equal(terms.max_retries, retries);
		assert.deepEqual(terms.qos, {
			delivery_mode,
			consistency,
			durability: "PERSISTENT",
		});
	});

test("termsOf: priority and security level are the intent's", () => {
	const { terms } = ticketsOf([["a"]], {
		original_priority: "HIGH",
		original_security_level: "CONFIDENTIAL",
	});
	assert.equal(terms.priority, "HIGH");
	assert.equal(terms.security_level, "CONFIDENTIAL");
	assert.deepEqual(terms.notes, []);
});

test("generateTickets: parameters stay what they are, and what was mapped stands in the ticket's metadata", () => {
	const { specs } = ticketsOf(
		[
			[
				"a",
				[],
				{
					task_type: "code_generation",
					parameters: {
						text: "as it is",
						count: 7,
						on: true,
						none: null,
						list: ["x"],
						deep: { a: 1 },
					},
					metadata: { team: "core", level: 3 },
				},
			],
			["b", [], { task_type: "BUILD", metadata: { team: "core" } }],
		],
		{ original_priority: "urgent" },
	);
	assert.deepEqual(specs[0]?.parameters, {
		text: "as it is",
		count: 7,
		on: true,
		none: null,
		list: ["x"],
		deep: { a: 1 },
	});
	assert.deepEqual(specs[0]?.metadata, {
		team: "core",
		level: "3",
		mapped: [
			"priority: urgent -> CRITICAL",
			"task_type: code_generation -> EXECUTE",
			"metadata.level: number -> string",
		].join("; "),
	});
	assert.equal(specs[1]?.metadata.mapped, "priority: urgent -> CRITICAL");
});

test("generateTickets: parameters named like words of the language stay, what cannot travel is told", () => {
	const plan = JSON.parse(
		JSON.stringify(
			planJson([["a", [], { task_type: "BUILD", parameters: "P" }]]),
		).replace('"P"', '{"constructor":"c","toString":1,"__proto__":"p"}'),
	);
	const { specs, terms } = ticketsOf([["a"]]);
	const [spec] = generateTickets(passedPlan(plan), terms, settings);
	assert.deepEqual(Object.entries(spec?.parameters ?? {}), [
		["constructor", "c"],
		["toString", 1],
	]);
	assert.equal(spec?.metadata.mapped, "parameters.__proto__: left out");
	assert.equal(spec?.ticket_id, specs[0]?.ticket_id);
});

test("generateTickets: a ticket has its own marks of sensitive parameters, and those of its plan's that it needs", () => {
	const own = { sensitive: "code" };
	const tasks: TaskSketch[] = [
		["a", [], { parameters: { pin: "1" }, metadata: own }],
		["b", [], { parameters: { login: '{"pin": 2}', cards: [{ card: 3 }] } }],
		["c", [], { parameters: { url: "pin" }, metadata: own }],
	];
	const plan = { metadata: { sensitive: "pin, card" } };
	const marked = ticketsOf(tasks, plan, planSettings, { isMarked: true });
	assert.deepEqual(
		marked.specs.map(({ metadata }) => markedNames(metadata).sort()),
		[["code", "pin"], ["card", "pin"], ["code"]],
	);
	// Runs that an earlier build began go on with the tickets that it made.
	for (const { specs } of [ticketsOf(tasks, plan), ticketsOf(tasks)])
		assert.deepEqual(
			specs.map(({ metadata }) => metadata.sensitive),
			["code", undefined, "code"],
		);
});

test("generateTickets: the same plan gives the same tickets, with the ids of their first attempts", () => {
	const tasks = chainOf(20);
	assert.deepEqual(ticketsOf(tasks), ticketsOf(tasks));
	const { specs } = ticketsOf(tasks);
	assert.equal(new Set(specs.map(({ ticket_id }) => ticket_id)).size, 20);
	assert.equal(
		specs[3]?.ticket_id,
		attemptId({
			planId: "p-1",
			taskId: "t3",
			generation: 1,
			attempt: 1,
			compensation: false,
		}),
	);
});

test("generateTickets: notes are cut where the plan's terms say so, however long the names they are about", () => {
	const metadata = { ["k".repeat(3_000)]: 1, other: 2 };
	const tasks = passedPlan(planJson([["a", [], { metadata }]]));
	const { terms } = ticketsOf([["a"]]);
	const [whole] = generateTickets(tasks, terms, settings);
	const mapped = whole?.metadata.mapped ?? "";
	assert.match(mapped, /metadata.other: number -> string$/);
	const cutTerms = { ...terms, cutsNotes: true as const };
	const [spec] = generateTickets(tasks, cutTerms, settings);
	assert.equal(spec?.metadata.mapped, `${mapped.slice(0, 2_000)}...`);
});
