import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Fault, Scene } from "../../chaos/fault.ts";
import { topics, type World } from "../../chaos/world.ts";
import {
	type Attacker,
	type HostileDraft,
	type InputRole,
	inputRoles,
	openAttacker,
} from "../../hostile/attacker.ts";
import { craftBombs, sendBombs } from "../../hostile/bomb-everywhere.ts";
import type { Codec } from "../../hostile/record-batch.ts";
import { findFaults } from "../vitals.ts";
import type { KnownNames } from "./make-headers.ts";
import { makeRecord } from "./make-record.ts";

const codecs: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];
const MAX_BATCH = 40;
/** A larger record travels alone: what the broker refuses, it refuses by the batch. */
const LARGE_BYTES = 65_536;
const BOMB_BYTES = 150_000_000;
/** Not all at once: the broker's own heap is small. */
const BOMB_ROUNDS = 2;
/** Faster, and what is measured is how far two cores fall behind. */
const MS_PER_RECORD = 15;
const MIN_FLOW_MS = 20_000;

/** So many records on every input topic, made from their contracts and changed; bombs between them. */
export function fuzzFault(count: number, isShort: boolean): Fault {
	return {
		number: 0,
		name: "fuzz",
		title: `${count} records made from the contracts, changed`,
		terms: {
			repeats: false,
			reexecution: false,
			foreignPlans: true,
			...(!isShort && { memory: "tight" }),
		},
		flowMs: Math.max(MIN_FLOW_MS, count * MS_PER_RECORD),
		shortSeconds: 0,
		outageMs: 0,
		async inject(scene) {
			const { world } = scene;
			const known = await findNames(world);
			const bombs = await craftBombs(topics, BOMB_BYTES);
			const attacker = await openAttacker(
				world.stack.env.KAFKA_BOOTSTRAP_SERVERS as string,
				topics,
			);
			try {
				for (let round = 1; round <= BOMB_ROUNDS; round += 1) {
					await writeRecords(
						scene,
						attacker,
						known,
						(count * round) / BOMB_ROUNDS,
					);
					await sendBombs(attacker, bombs);
				}
			} finally {
				attacker.close();
				scene.blame(attacker);
			}
			for (const [what, times] of attacker.refused)
				world.report(`${what}: ${times} the broker refused`);
		},
	};
}

/** Until the broker has taken so many in all. */
async function writeRecords(
	{ random }: Scene,
	attacker: Attacker,
	known: KnownNames,
	count: number,
): Promise<void> {
	let index = attacker.records.length;
	const startedAtMs = Date.now() - index * MS_PER_RECORD;
	while (attacker.records.length < count) {
		const dueInMs = startedAtMs + index * MS_PER_RECORD - Date.now();
		if (dueInMs > 0) await sleep(dueInMs);
		const role = random.pick(inputRoles);
		const length = random.between(1, MAX_BATCH);
		const made = Array.from({ length }, (_, at) =>
			makeRecord(role, index + at, random, known),
		);
		index += length;
		const small = made.filter((record) => sizeOf(record) < LARGE_BYTES);
		const large = made.filter((record) => sizeOf(record) >= LARGE_BYTES);
		for (const batch of [small, ...large.map((record) => [record])])
			await write(attacker, role, batch, random.pick(codecs));
	}
}

async function write(
	attacker: Attacker,
	role: InputRole,
	batch: readonly HostileDraft[],
	codec: Codec,
): Promise<void> {
	if (batch.length === 0) return;
	const sort = batch.length === 1 && sizeOf(batch[0]) >= LARGE_BYTES;
	await attacker.send(role, `${role}${sort ? ", large" : ""}`, batch, codec);
}

function sizeOf(record: HostileDraft | undefined): number {
	const { key, value, headers = [] } = record ?? { value: null };
	const parts = [key, value, ...headers.flat()];
	return parts.reduce((sum, part) => sum + (part?.length ?? 0), 0);
}

/** Of the plans that warmed the processes up, which have ended. */
async function findNames({ store }: World): Promise<KnownNames> {
	const attempts = await store
		.collection("ticket_attempts")
		.find({ finished_at: { $ne: null } })
		.limit(200)
		.toArray();
	return {
		planIds: [...new Set(attempts.map(({ plan_id }) => String(plan_id)))],
		ticketIds: attempts.map(({ ticket_id }) => String(ticket_id)),
	};
}

/** What the processes' own logs say of faults of theirs, and which. */
export function findLoggedFaults({ processes, logDirectory }: World): string[] {
	return processes.all.flatMap(({ name }) => {
		const file = path.join(logDirectory, `${name}.log`);
		return readFileSync(file).length === 0
			? []
			: findFaults(file).map((line) => `${name}: ${line.slice(0, 400)}`);
	});
}
