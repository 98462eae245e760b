import { buildDecision, buildPlan } from "../../../demo/decisions.ts";
import { chain, diamond } from "../../../demo/shapes.ts";
import { decodeText, parseJson } from "../../../src/domain/parse-json.ts";
import { readResult } from "../../../src/domain/read-result.ts";
import { topicContracts } from "../../../src/wiring/topic-contracts.ts";
import type { Random } from "../../chaos/random.ts";
import type { HostileDraft, InputRole } from "../../hostile/attacker.ts";
import { type KnownNames, makeHeaders } from "./make-headers.ts";
import { mutateBytes, noise } from "./mutate-bytes.ts";
import { mutateValue, textAtLimit, writeJson } from "./mutate-value.ts";
import { type Schema, sampleSchema } from "./sample-schema.ts";

/** Everything of the fuzz begins so: such plans are nobody's loss. */
export const FUZZ_PREFIX = "mutant-fuzz-";

const WELL_MADE_RATIO = 0.5;
const BROKEN_BYTES_RATIO = 0.12;
/** kafkajs takes its time over a long key. */
const LONG_KEY_RATIO = 0.001;
const LONG_KEY_BYTES = 250_000;

/** The `index`-th record for a topic: made from the topic's contract, then changed in some way or none. */
export function makeRecord(
	role: InputRole,
	index: number,
	random: Random,
	known: KnownNames,
): HostileDraft {
	const subject = `${FUZZ_PREFIX}${index}`;
	const value = makeValue(role, subject, random, known);
	const bytes = Buffer.from(value);
	const isBroken = random.next() < BROKEN_BYTES_RATIO;
	const { headers, alias } = makeHeaders(role, index, random, known);
	const written = isBroken ? mutateBytes(bytes, random) : bytes;
	return {
		key: makeKey(subject, random, known),
		value: written,
		headers,
		...(alias !== undefined && { alias }),
		...(written !== null && isReport(written) && { isReport: true }),
	};
}

function makeValue(
	role: InputRole,
	subject: string,
	random: Random,
	known: KnownNames,
): string {
	let value = makeSound(role, subject, random, known);
	const changes = random.pick([0, 1, 1, 1, 2, 4]);
	for (let at = 0; at < changes; at += 1) value = mutateValue(value, random);
	return writeJson(value);
}

function makeSound(
	role: InputRole,
	subject: string,
	random: Random,
	known: KnownNames,
): unknown {
	if (role === "consensus" && random.next() < WELL_MADE_RATIO)
		return makeDecision(subject, random);
	const { payload } = random.pick(topicContracts[role].messages);
	const ids: Record<string, readonly string[]> = {
		plan_id: [subject, subject, `${subject}-other`],
		decision_id: [subject],
		ticket_id: [subject, subject, random.pick(known.ticketIds)],
		cognitive_plan: [writeJson(makePlan(subject, random))],
		cognitive_plan_json: [writeJson(makePlan(subject, random))],
		plan_hash: ["a".repeat(64)],
	};
	// Answers may be about any plan: what it waits for, or that it has ended, is the plan's to know.
	if (role === "approvalResponses")
		ids.plan_id = [subject, random.pick(known.planIds)];
	return sampleSchema(payload as Schema, random, (name) => ids[name] ?? []);
}

function makeDecision(subject: string, random: Random): unknown {
	const plan = makePlan(subject, random);
	const isChanged = random.next() < 0.6;
	const inner = writeJson(isChanged ? mutateValue(plan, random) : plan);
	return buildDecision(plan, {
		cognitive_plan: inner,
		...(random.next() < 0.1 && { final_decision: "reject" as const }),
		...(random.next() < 0.1 && { requires_human_review: true }),
	});
}

function makePlan(subject: string, random: Random) {
	const quick = { parameters: { simulate_duration_ms: "5" } };
	const tasks = random.pick([chain(1, quick), chain(3, quick), diamond(quick)]);
	return buildPlan({ plan_id: subject, tasks, risk_band: "low" });
}

function makeKey(
	subject: string,
	random: Random,
	{ planIds }: KnownNames,
): Buffer | null {
	if (random.next() < LONG_KEY_RATIO) return Buffer.alloc(LONG_KEY_BYTES, "k");
	return random.pick([
		() => null,
		() => Buffer.alloc(0),
		() => Buffer.from(subject),
		() => Buffer.from(random.pick(planIds)),
		() => noise(random, 64),
		() => Buffer.from(textAtLimit(random)).subarray(0, 8_192),
	])();
}

/** A schema registry's magic byte and id, behind which JSON is read too. */
const FRAMING_BYTES = 5;

/** A report of begun work leaves no trace of its own, whatever it is about; read as the service reads it. */
export function isReport(bytes: Buffer): boolean {
	const json = bytes[0] === 0 ? bytes.subarray(FRAMING_BYTES) : bytes;
	try {
		const reading = readResult(parseJson(decodeText(json)), null);
		return reading.ok && reading.result.status === "RUNNING";
	} catch {
		return false;
	}
}
