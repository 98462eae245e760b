import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { createExecution } from "../../src/domain/execution/open-execution.ts";
import { textHeaders } from "../../src/domain/record-headers.ts";
import { toWireTicket } from "../../src/domain/wire-ticket.ts";
import {
	createResultTokens,
	hmacTokens,
} from "../../src/plans/result-tokens.ts";
import { identity, rules, ticketsOf } from "../support/executions.ts";
import { someRecord } from "../support/intake-stand-ins.ts";

const [first, second] = ["1".repeat(32), "2".repeat(32)] as const;
const keys = [first, second];
const tokens = createResultTokens([hmacTokens(keys)], keys);
const off = createResultTokens([], []);
const tokenBy = (key: string, id: string) =>
	createHmac("sha256", key).update(id).digest("base64url");

const inResult = (ticket_token: unknown) => ({
	result: { metadata: { ticket_token } },
});
const inTicket = (ticket_token: unknown) => ({ metadata: { ticket_token } });
const right = tokenBy(first, "t-1");

const claims: [name: string, isProven: boolean, claim: object][] = [
	["in the result", true, { value: inResult(right) }],
	["by the key before", true, { value: inResult(tokenBy(second, "t-1")) }],
	["in a ticket that was given up", true, { value: inTicket(right) }],
	[
		"in a header, its name in any case",
		true,
		{ value: {}, headers: textHeaders({ "Ticket-Token": right }) },
	],
	["none", false, { value: { result: { metadata: null } } }],
	["no text", false, { value: inResult(7) }],
	["nothing at all", false, { value: null }],
	["another ticket's", false, { value: inResult(tokenBy(first, "t-2")) }],
	["by another key", false, { value: inResult(tokenBy("3", "t-1")) }],
	["with more behind it", false, { value: inResult(`${right}=`) }],
	["in capitals", false, { value: inResult(right.toUpperCase()) }],
];

for (const [name, isProven, claim] of claims)
	test(`createResultTokens: a token ${name} is ${isProven ? "" : "not "}believed`, async () => {
		const whole = { ticketId: "t-1", value: undefined, ...claim };
		assert.equal(await tokens.isProven(whole), isProven);
		assert.equal(await off.isProven(whole), true, "they are off");
	});

test("stamp: a ticket goes out with the token of its attempt by the first key, or as it is", async () => {
	const { specs, terms } = ticketsOf([["a"]]);
	const execution = createExecution("p-1", specs, rules);
	const ticket = toWireTicket(execution, 0, 1, identity, terms);
	const [stamped] = (await tokens.stamp([ticket])).tickets;
	const { ticket_token, ...rest } = stamped?.metadata ?? {};
	assert.equal(ticket_token, tokenBy(first, ticket.ticket_id));
	assert.deepEqual(rest, ticket.metadata);
	assert.deepEqual(await off.stamp([ticket]), { tickets: [ticket] });
});

const value = {
	...inResult(right),
	ticket_id: "t-1",
	logs: [`token ${right} of ${tokenBy(second, "t-1")}`],
};
const record = someRecord({
	value: Buffer.from(JSON.stringify(value)),
	headers: textHeaders({ "Ticket-Token": right, "x-other": "kept" }),
});
const claim = {
	ticketId: "t-1",
	value,
	headers: record.headers,
	bytes: record.value,
};

test("redact: no token is left, the length is, and what had its token has it again when it comes back", async () => {
	const letter = await tokens.redact(record, claim);
	const text = String(letter.value);
	assert.ok(!text.includes(right) && !text.includes(tokenBy(second, "t-1")));
	assert.equal(letter.value?.length, record.value?.length);
	assert.deepEqual(
		letter.headers.map(({ name }) => name),
		["ticket-token-seal", "x-other"],
		"the seal first: of many headers a dead letter keeps the first",
	);
	const back = {
		ticketId: "t-1",
		value: JSON.parse(text),
		headers: letter.headers,
		bytes: letter.value,
	};
	assert.equal(await tokens.isProven(back), true);
	const bytes = Buffer.from(text.replace("t-1", "t-1 "));
	assert.equal(
		await tokens.isProven({ ...back, bytes }),
		false,
		"another body",
	);
	assert.equal(await tokens.isProven({ ...back, ticketId: "t-2" }), false);
	const again = await tokens.redact({ ...record, ...letter }, back);
	assert.deepEqual(again.headers, letter.headers, "and again");
});

test("redact: what had no token gets no seal", async () => {
	const forged = {
		...claim,
		value: inResult(tokenBy(first, "t-2")),
		headers: [],
	};
	const { headers } = await tokens.redact({ ...record, headers: [] }, forged);
	assert.deepEqual(headers, []);
});

test("redact: tokens of a time when they were on are blanked when they are off", async () => {
	const letter = await off.redact(record, claim);
	assert.ok(!String(letter.value).includes(right));
	assert.deepEqual(letter.headers, textHeaders({ "x-other": "kept" }));
});
