import type { Random } from "../../chaos/random.ts";

/** Where something of ours is bounded, in characters or bytes. */
const limits = [
	32, 36, 64, 100, 200, 250, 1_000, 2_000, 4_096, 8_192, 16_384, 65_536,
] as const;
/** Of whole messages; rarely, for what they cost. */
const largeLimits = [
	262_144, 524_288, 1_048_576, 1_500_000, 2_097_152,
] as const;
const LARGE_RATIO = 0.004;

const units = ["a", "é", "日", "🚀", "\u0000", "\ud800", " "] as const;
const strangeTexts = [
	...[".", "..", "a/b", "%2e%2e", "__proto__", "constructor", "toString"],
	...[
		"",
		" ",
		"a ",
		"\u200b",
		"\u202eabc",
		"e\u0301",
		"\u00e9",
		"\ufeff",
		"\n",
	],
	...["null", "true", "NaN", "-1", "{}", "$where", "' OR 1=1", "../../etc"],
] as const;
/** Written into the text as they stand: what no number of JavaScript is. */
const rawNumbers = [
	...["9007199254740993", "7615917337495251231", "1e400", "-1e400", "1e-400"],
	...[
		"0.1000000000000000055511151231257827",
		"-0",
		"1E5",
		"18446744073709551616",
	],
	...["253402300800000", "-62135596800001", "4102444800000", "1e21"],
] as const;
const others = [null, 42, "text", [], {}, true, -1, "", 0.5] as const;
const RAW = "@raw:";
const MAX_DEPTH = 12_000;

/** The value with one thing at one place changed. The value itself stays as it is. */
export function mutateValue(value: unknown, random: Random): unknown {
	const copy: unknown = structuredClone(value);
	const paths = listPaths(copy);
	if (paths.length === 0) return random.pick(others);
	const { owner, key } = random.pick(paths);
	const mutate = random.pick(mutations);
	mutate(owner, key, random);
	return copy;
}

/** JSON with raw numbers where mutations have put them. */
export function writeJson(value: unknown): string {
	return (JSON.stringify(value) ?? "null").replaceAll(
		/"@raw:([^"]*)"/g,
		(_, raw: string) => raw,
	);
}

type Owner = Record<string, unknown>;
type Mutation = (owner: Owner, key: string, random: Random) => void;

const mutations: readonly Mutation[] = [
	(owner, key, random) => {
		owner[key] = random.pick(others);
	},
	(owner, key, random) => {
		owner[key] = random.pick(strangeTexts);
	},
	(owner, key, random) => {
		owner[key] = RAW + random.pick(rawNumbers);
	},
	(owner, key, random) => {
		owner[key] = textAtLimit(random);
	},
	(owner, key) => {
		delete owner[key];
	},
	(owner, _key, random) => {
		const name = random.pick([...strangeTexts, textAtLimit(random)]);
		Object.defineProperty(owner, name, {
			value: random.pick(others),
			enumerable: true,
			configurable: true,
			writable: true,
		});
	},
	(owner, key, random) => {
		const length = random.pick([0, 2, 51, 101, 501, 1_001]);
		owner[key] = Array.from({ length }, () => owner[key]);
	},
	(owner, key, random) => {
		owner[key] = nest(random.pick([10, 65, 129, 1_001, MAX_DEPTH]));
	},
];

/** As long as a limit, or one more or less, in letters of one to four bytes. */
export function textAtLimit(random: Random): string {
	const isLarge = random.next() < LARGE_RATIO;
	const length = random.pick(isLarge ? largeLimits : limits);
	const unit = random.pick(units);
	const count = random.next() < 0.5 ? length : length / Buffer.byteLength(unit);
	return unit.repeat(Math.max(0, Math.ceil(count) + random.between(-1, 1)));
}

/** As text at once: JSON.stringify has no place on the stack for the deepest. */
function nest(depth: number): string {
	return `${RAW}${"[".repeat(depth)}${"]".repeat(depth)}`;
}

function listPaths(value: unknown): { owner: Owner; key: string }[] {
	if (typeof value !== "object" || value === null) return [];
	const owner = value as Owner;
	return Object.keys(owner).flatMap((key) => [
		{ owner, key },
		...listPaths(owner[key]),
	]);
}
