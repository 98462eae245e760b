import type { TopicTable } from "../../src/messaging/topics.ts";
import { type Attacker, type InputRole, inputRoles } from "./attacker.ts";
import { type BombCodec, craftBomb } from "./bombs.ts";
import type { RawBatch } from "./record-batch.ts";

const codecs: readonly BombCodec[] = ["gzip", "snappy", "lz4", "zstd"];
/** How many bytes each makes of one, with something to spare. */
const ratios: Record<BombCodec, number> = {
	gzip: 1_000,
	snappy: 20,
	lz4: 230,
	zstd: 30_000,
};
const FRAME_BYTES = 1_024;
/** Topics that get the largest bombs: the broker decompresses each of them too, which delays everybody. */
const fullRoles: readonly InputRole[] = ["consensus", "results"];
/** Enough to exceed what a consumer decompresses. */
const OTHER_BYTES = 100_000_000;

/** A bomb, and the topic that it is for. */
export interface Bomb {
	role: InputRole;
	codec: BombCodec;
	batch: RawBatch;
}

/**
 * For every topic a bomb in every codec, as large as the topic takes and no larger than `plainBytes`; for topics
 * besides those of decisions and results no larger than 100 MB. Takes many seconds of CPU, which whoever attacks
 * spends beforehand.
 */
export async function craftBombs(
	topics: TopicTable,
	plainBytes: number,
): Promise<Bomb[]> {
	const crafted = new Map<string, RawBatch>();
	const bombs: Bomb[] = [];
	for (const role of inputRoles)
		for (const codec of codecs) {
			const room = topics[role].maxMessageBytes - FRAME_BYTES;
			const bytes = fullRoles.includes(role)
				? plainBytes
				: Math.min(plainBytes, OTHER_BYTES);
			const size = Math.min(bytes, room * ratios[codec]);
			const name = `${codec} ${size}`;
			const batch = crafted.get(name) ?? (await craftBomb(codec, size));
			crafted.set(name, batch);
			bombs.push({ role, codec, batch });
		}
	return bombs;
}

/** Puts each bomb on its topic. */
export async function sendBombs(
	attacker: Attacker,
	bombs: readonly Bomb[],
): Promise<void> {
	for (const { role, codec, batch } of bombs)
		await attacker.sendBatch(role, `bomb (${codec})`, batch);
}
