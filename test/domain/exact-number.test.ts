import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, planHash } from "../../src/domain/canonical-json.ts";
import {
	canonicalNumber,
	EXACT_KEY,
	isExactNumber,
	numberOf,
} from "../../src/domain/exact-number.ts";

const kept = [
	"0",
	"7",
	"-12.5",
	"1.10",
	"1e2",
	"2.5E-3",
	"0.8333333333333334",
	"9007199254740991",
	"9007199254740992",
	"1e22",
	"5e-324",
	"-0.0000000000000000000",
	"0e5",
];
for (const text of kept)
	test(`numberOf: ${text} stays a number`, () =>
		assert.equal(numberOf(text), Number(text)));

const exact: [text: string, canonical: string][] = [
	["7615917337495251231", "7615917337495251231"],
	["9007199254740993", "9007199254740993"],
	["-9223372036854775808", "-9223372036854775808"],
	["1e400", "1e+400"],
	["-1.50E400", "-1.5e+400"],
	["1e-400", "1e-400"],
	[
		"0.1000000000000000055511151231257827",
		"0.1000000000000000055511151231257827",
	],
	["12345678901234567890.50", "12345678901234567890.5"],
	["0.00000123456789012345678", "0.00000123456789012345678"],
	["0.000000123456789012345678", "1.23456789012345678e-7"],
	["1234567890123456789012345", "1.234567890123456789012345e+24"],
	// JavaScript has it, but would print it with an exponent.
	["10000000000000000000000", "1e+22"],
	["1e+0000000000400", "1e+400"],
];
for (const [text, canonical] of exact)
	test(`numberOf: ${text} keeps its digits`, () => {
		const number = numberOf(text);
		assert.ok(isExactNumber(number));
		assert.deepEqual(number, { [EXACT_KEY]: text });
		assert.equal(canonicalNumber(number), canonical);
	});

test("numberOf: an exponent that nobody can work with is refused", () => {
	assert.throws(
		() => numberOf("1e1234567890"),
		/exponent of more than 9 digits/,
	);
	assert.throws(() => numberOf(`1e-${"9".repeat(100_000)}`), /exponent/);
});

test("isExactNumber: only what numberOf makes", () => {
	for (const value of [
		...[null, 7, "7", [], {}, { [EXACT_KEY]: 7 }, { [EXACT_KEY]: "seven" }],
		...[{ [EXACT_KEY]: "7", other: 1 }, { [EXACT_KEY]: "1e1234567890" }],
		...[{ [EXACT_KEY]: "07" }, { [EXACT_KEY]: "" }, [numberOf("1e400")]],
	])
		assert.equal(isExactNumber(value), false, JSON.stringify(value));
});

test("canonicalJson: equal values have equal text, however they were written", () => {
	const decimal = fc
		.tuple(
			fc.bigInt().filter((digits) => digits !== 0n),
			fc.integer({ min: -400, max: 400 }),
		)
		.map(([digits, exponent]) => ({ digits, exponent }));
	fc.assert(
		fc.property(decimal, fc.nat(30), ({ digits, exponent }, zeros) => {
			const text = `${digits}e${exponent}`;
			const longer = `${digits}${"0".repeat(zeros)}.0E${exponent - zeros}`;
			assert.equal(
				canonicalJson(numberOf(text)),
				canonicalJson(numberOf(longer)),
			);
		}),
	);
});

test("canonicalJson: for every number that JavaScript has, what it prints, as ever", () =>
	fc.assert(
		fc.property(
			fc.double({ noNaN: true, noDefaultInfinity: true }),
			(double) => {
				const printed = JSON.stringify(double);
				const long = /^-?\d+$/.test(printed)
					? `${printed}.000000000000000000`
					: printed;
				assert.equal(canonicalJson(numberOf(printed)), printed);
				assert.equal(canonicalJson(numberOf(long)), printed);
				if (Number.isInteger(double))
					assert.equal(
						canonicalJson(numberOf(String(BigInt(double)))),
						printedInteger(double),
					);
			},
		),
	));

/** An integer beyond 2^53 has more digits than JavaScript prints: then it is another value. */
function printedInteger(double: number): string {
	const printed = JSON.stringify(double);
	const isSame =
		BigInt(
			Number(printed).toLocaleString("fullwide", {
				useGrouping: false,
				maximumFractionDigits: 0,
			}),
		) === BigInt(double);
	return isSame
		? printed
		: canonicalNumber({ [EXACT_KEY]: String(BigInt(double)) });
}

test("planHash: plans that differ in one digit beyond a double are two plans", () => {
	const plan = (text: string) => ({
		tasks: [{ parameters: { id: numberOf(text) } }],
	});
	const hashes = [
		"7615917337495251231",
		"7615917337495251232",
		"7615917337495251000",
	].map((text) => planHash(plan(text)));
	assert.equal(new Set(hashes).size, 3);
	assert.equal(
		planHash(plan("1e22")),
		planHash(plan("10000000000000000000000")),
	);
	assert.equal(
		planHash({ a: 1e22, b: 0.5 }),
		planHash({ a: numberOf("10000000000000000000000"), b: 0.5 }),
	);
});
