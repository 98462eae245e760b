import type { TopicTable } from "../../src/messaging/topics.ts";
import { type Attacker, inputRoles } from "./attacker.ts";
import { type BombCodec, craftBomb } from "./bombs.ts";

const codecs: readonly BombCodec[] = ["gzip", "snappy", "lz4", "zstd"];
/** How many bytes each makes of one, with something to spare. */
const ratios: Record<BombCodec, number> = {
	gzip: 1_000,
	snappy: 20,
	lz4: 230,
	zstd: 30_000,
};
const FRAME_BYTES = 1_024;

/** On every topic a bomb in every codec, as large as the topic takes and no larger than `plainBytes`. */
export async function bombEverywhere(
	attacker: Attacker,
	topics: TopicTable,
	plainBytes: number,
): Promise<void> {
	const crafted = new Map<
		string,
		Promise<Awaited<ReturnType<typeof craftBomb>>>
	>();
	for (const role of inputRoles)
		for (const codec of codecs) {
			const room = topics[role].maxMessageBytes - FRAME_BYTES;
			const size = Math.min(plainBytes, room * ratios[codec]);
			const name = `${codec} ${size}`;
			const bomb = crafted.get(name) ?? craftBomb(codec, size);
			crafted.set(name, bomb);
			await attacker.sendBatch(role, `bomb (${codec})`, await bomb);
		}
}
