import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import type { ChaosMessage } from "./flow.ts";
import type { Random } from "./random.ts";

const HUGE_BYTES = 300_000;
const DEEP_LEVELS = 20_000;
/** Of one in so many messages it is not certain that it cannot be read. */
const MUTANT_EVERY = 8;

/** The `index`-th message that is no decision, or one with a single fault in it. */
export function malformMessage(
	name: string,
	index: number,
	random: Random,
): ChaosMessage {
	if (index % MUTANT_EVERY === 0) return mutate(name, index);
	const kinds = [randomBytes, framed, deep, huge, wrongShape] as const;
	const malform = kinds[index % kinds.length] as (random: Random) => Buffer;
	return {
		subject: `malformed-${name}-${index}`,
		kind: "malformed",
		key: index % 2 === 0 ? null : `key-${index}`,
		value: malform(random),
	};
}

function randomBytes(random: Random): Buffer {
	const length = random.between(0, 400);
	return Buffer.from(Array.from({ length }, () => random.between(0, 255)));
}

/** Confluent framing with a schema nobody has, or cut off. */
function framed(random: Random): Buffer {
	const rest = randomBytes(random);
	const frame = Buffer.alloc(5);
	frame.writeUInt32BE(random.pick([0, 1, 7, 4_000_000_000]), 1);
	return Buffer.concat([frame.subarray(0, random.between(1, 5)), rest]);
}

function deep(): Buffer {
	return Buffer.from(
		`{"plan_id":${"[".repeat(DEEP_LEVELS)}${"]".repeat(DEEP_LEVELS)}}`,
	);
}

function huge(): Buffer {
	return Buffer.from(JSON.stringify({ plan_id: "x".repeat(HUGE_BYTES) }));
}

function wrongShape(random: Random): Buffer {
	const shapes = [null, 42, "text", [], [[]], {}, true, { plan_id: 7 }];
	return Buffer.from(JSON.stringify(random.pick(shapes)));
}

const wrongValues = [null, 42, "text", [], {}, true, -1, ""];

/** A valid decision with a value of another type at one of its paths. */
function mutate(name: string, index: number): ChaosMessage {
	const subject = `mutant-${name}-${index}`;
	const plan = buildPlan({
		plan_id: subject,
		tasks: [
			{
				task_id: "only",
				parameters: { simulate_duration_ms: "10" },
				metadata: { note: "none" },
			},
		],
	});
	const decision = buildDecision(plan);
	const turn = Math.floor(index / MUTANT_EVERY);
	const isInPlan = turn % 2 === 0;
	const target: object = isInPlan ? plan : decision;
	const paths = listPaths(target);
	// Neighbouring turns take neighbouring paths; one round through them all takes the next value.
	const step = Math.floor(turn / 2);
	const path = paths[step % paths.length] as string[];
	const value = wrongValues[(step + Math.floor(step / paths.length)) % 8];
	setAt(target, path, value);
	if (isInPlan) decision.cognitive_plan = JSON.stringify(plan);
	return {
		subject,
		kind: "mutant",
		key: subject,
		value: Buffer.from(JSON.stringify(decision)),
	};
}

function listPaths(value: unknown): string[][] {
	if (typeof value !== "object" || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => [
		[key],
		...listPaths(inner).map((rest) => [key, ...rest]),
	]);
}

function setAt(target: object, path: readonly string[], value: unknown): void {
	let place = target as Record<string, unknown>;
	for (const key of path.slice(0, -1))
		place = place[key] as Record<string, unknown>;
	place[path.at(-1) as string] = value;
}
