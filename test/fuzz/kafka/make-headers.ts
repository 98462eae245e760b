import type { Random } from "../../chaos/random.ts";
import type { HostileDraft, InputRole } from "../../hostile/attacker.ts";
import { noise } from "./mutate-bytes.ts";
import { textAtLimit } from "./mutate-value.ts";

/** Names that exist, so that what is made is not all about nothing. */
export interface KnownNames {
	/** Of plans that run or have run. */
	planIds: readonly string[];
	/** Of attempts that have ended. */
	ticketIds: readonly string[];
}

type Header = readonly [name: string | Buffer, value: Buffer | null];
type Made = Pick<HostileDraft, "alias"> & { headers: Header[] };

/** Beyond every topic's end, so that a forged place is nobody else's. */
const FORGED_OFFSET = 1_000_000_000_000;
const MAX_MANY = 300;

/** Headers as their writers may forge them: ours by name with values that are not, and whatever else. */
export function makeHeaders(
	role: InputRole,
	index: number,
	random: Random,
	{ planIds }: KnownNames,
): Made {
	const text = (name: string, value: string): Header => [
		name,
		Buffer.from(value),
	];
	const forge = random.pick([
		() => [],
		() => [],
		() => [text("x-neural-hive-plan-id", random.pick(planIds))],
		() => [text("X-Neural-Hive-Plan-Id", `unknown-${index}`)],
		() => [text("x-neural-hive-plan-id", textAtLimit(random))],
		() => forgedLetter(random),
		() => [
			text("redriven-from", random.pick(["", "x", "plans.consensus.dlq:0:0"])),
			text("redrive-attempt", random.pick(["1", "-1", "1e9", "many"])),
			text("redrive-id", random.pick(["r", "__proto__"])),
		],
		() => strangers(random),
	] as (() => Header[])[]);
	if (!role.startsWith("resultsRetry")) return { headers: forge() };
	return forgedRetry(index, random, forge());
}

/** Of these the first deserves no belief, and the value may be no UTF-8. */
function strangers(random: Random): Header[] {
	return random.pick([
		() => [[noise(random, 20), noise(random)] as const],
		() => [["same", Buffer.from("1")] as const, ["same", null] as const],
		() => [["__proto__", Buffer.from("polluted")] as const],
		() => [["", Buffer.alloc(0)] as const],
		() => [["long", Buffer.from(textAtLimit(random))] as const],
		() =>
			Array.from(
				{ length: random.between(1, MAX_MANY) },
				(_, at) => [`header-${at}`, Buffer.from("many")] as const,
			),
	])();
}

function forgedLetter(random: Random): Header[] {
	const form = random.pick(["envelope", "raw", "reference", "other", ""]);
	const envelope = random.pick([
		"{}",
		"[]",
		"no JSON",
		'{"reason":"LATE","source":{"topic":"plans.consensus","partition":-1}}',
		JSON.stringify({ reason: textAtLimit(random), headers: { a: 1 } }),
	]);
	return [
		["dlq-form", Buffer.from(form)],
		["dlq-reason", Buffer.from(random.pick(["LATE", "x".repeat(500)]))],
		["dlq-envelope", Buffer.from(envelope)],
	];
}

/** What a retry says of itself: where it first lay, when it was first seen, how often it was tried. */
function forgedRetry(index: number, random: Random, more: Header[]): Made {
	if (random.next() < 0.3) return { headers: more };
	const offset = String(FORGED_OFFSET + index);
	const topic = random.pick(["execution.results", "execution.tickets.dlq"]);
	const seenMs = random.pick([
		...[String(Date.now()), String(Date.now()), "0", "-1", "soon", ""],
		...["9007199254740993", String(Date.now() + 400 * 86_400_000)],
	]);
	const headers = [
		...more,
		["retry-source-topic", Buffer.from(topic)],
		["retry-source-partition", Buffer.from("0")],
		["retry-source-offset", Buffer.from(offset)],
		["retry-first-seen-ms", Buffer.from(seenMs)],
		[
			"retry-count",
			Buffer.from(random.pick(["1", "0", "-5", "999999999", "x"])),
		],
		["retry-source-timestamp-ms", Buffer.from(random.pick(["0", "x", seenMs]))],
	] as Header[];
	return { headers, alias: { topic, partition: 0, offset } };
}
