import { once } from "node:events";
import { connect } from "node:net";
import { int16, int32 } from "./record-batch.ts";

export interface Written {
	/** Offset of the first record; null: the broker refused the batch. */
	baseOffset: bigint | null;
	/** Kafka's number of the error; 0: none. */
	errorCode: number;
}

/** Writes bytes to partitions as they are, where a client would check them first. */
export interface RawWriter {
	/** Resolves with the broker's answer; rejects when the connection ends first. */
	write(topic: string, partition: number, batch: Buffer): Promise<Written>;
	close(): void;
}

const PRODUCE = 0;
/** The first that takes zstd. */
const PRODUCE_VERSION = 7;
const ACKS_ALL = -1;
const TIMEOUT_MS = 30_000;

/** A connection to the one broker of a local stack, which leads every partition. */
export async function openRawWriter(address: string): Promise<RawWriter> {
	const [host = "127.0.0.1", port] = address.split(":");
	const socket = connect({ host, port: Number(port), noDelay: true });
	await once(socket, "connect");
	const waiting = new Map<number, PromiseWithResolvers<Written>>();
	let correlation = 0;
	let received = Buffer.alloc(0);

	const end = (error: Error) => {
		for (const { reject } of waiting.values()) reject(error);
		waiting.clear();
	};
	socket.on("error", end);
	socket.on("close", () => end(new Error("the broker closed the connection")));
	socket.on("data", (chunk) => {
		received = Buffer.concat([received, chunk]);
		while (received.length >= 4) {
			const length = received.readInt32BE(0);
			if (received.length < 4 + length) return;
			const answer = received.subarray(4, 4 + length);
			received = received.subarray(4 + length);
			const id = answer.readInt32BE(0);
			waiting.get(id)?.resolve(readAnswer(answer.subarray(4)));
			waiting.delete(id);
		}
	});

	return {
		async write(topic, partition, batch) {
			correlation += 1;
			const answer = Promise.withResolvers<Written>();
			waiting.set(correlation, answer);
			const request = Buffer.concat([
				...[int16(PRODUCE), int16(PRODUCE_VERSION), int32(correlation)],
				text("hostile-writer"),
				...[int16(-1), int16(ACKS_ALL), int32(TIMEOUT_MS)],
				...[int32(1), text(topic), int32(1), int32(partition)],
				...[int32(batch.length), batch],
			]);
			socket.write(Buffer.concat([int32(request.length), request]));
			return await answer.promise;
		},
		close: () => socket.destroy(),
	};
}

/** One topic with one partition. */
function readAnswer(answer: Buffer): Written {
	const nameLength = answer.readInt16BE(4);
	const at = 4 + 2 + nameLength + 4 + 4;
	const errorCode = answer.readInt16BE(at);
	const baseOffset = errorCode === 0 ? answer.readBigInt64BE(at + 2) : null;
	return { errorCode, baseOffset };
}

function text(value: string): Buffer {
	const bytes = Buffer.from(value);
	return Buffer.concat([int16(bytes.length), bytes]);
}
