import { promisify } from "node:util";
import { gzip, zstdCompress } from "node:zlib";
import { compressFrame } from "lz4-napi";
import { compress as compressSnappy } from "snappyjs";
import type { TopicRole, TopicTable } from "../../src/messaging/topics.ts";
import { openRawWriter } from "./raw-writer.ts";
import {
	type Codec,
	encodeBatch,
	encodeRecords,
	firstTimestampOf,
	type RawBatch,
	type RawRecord,
} from "./record-batch.ts";

/** What intake takes a record of a topic for. */
export type HostileKind = "decision" | "result" | "approval" | "letter";

/** Where a record lies, or says that it lay. */
export interface HostilePlace {
	topic: string;
	partition: number;
	offset: string;
}

/** What may be known of a record before it is written. */
export interface HostileDraft extends RawRecord {
	/** The place that it says it comes from. */
	alias?: HostilePlace;
	/** A report of begun work, which leaves no trace of its own. */
	isReport?: true;
}

/** One record that was written to do harm, and where it lies. */
export interface HostileRecord
	extends HostilePlace,
		Pick<HostileDraft, "alias" | "isReport"> {
	kind: HostileKind;
	/** What is wrong with it, for people; the same for all of its sort. */
	what: string;
}

/** Writes to the topics as anybody may who has the right to, and keeps account of it. */
export interface Attacker {
	/** Everything the broker took. */
	readonly records: readonly HostileRecord[];
	/** What the broker did not take, by its sort. */
	readonly refused: ReadonlyMap<string, number>;
	/** Resolves when the broker has taken the records, as one batch, or refused them. */
	send(
		role: InputRole,
		what: string,
		records: readonly HostileDraft[],
		codec?: Codec,
	): Promise<readonly HostileRecord[]>;
	/** The same for a batch that is no honest one. */
	sendBatch(
		role: InputRole,
		what: string,
		batch: RawBatch,
	): Promise<readonly HostileRecord[]>;
	close(): void;
}

/** Every topic that the service reads. */
export const inputKinds = {
	consensus: "decision",
	results: "result",
	resultsRetry: "result",
	resultsRetry2: "result",
	resultsRetry3: "result",
	resultsRetry4: "result",
	ticketsDlq: "result",
	approvalResponses: "approval",
	consensusDlq: "letter",
	resultsDlq: "letter",
	approvalResponsesDlq: "letter",
} as const satisfies Partial<Record<TopicRole, HostileKind>>;

export type InputRole = keyof typeof inputKinds;
export const inputRoles = Object.keys(inputKinds) as InputRole[];

const gzipAll = promisify<Buffer, Buffer>(gzip);
const zstdAll = promisify<Buffer, Buffer>(zstdCompress);
const compressors: Record<
	Codec,
	(bytes: Buffer) => Promise<Buffer> | Uint8Array
> = {
	none: (bytes) => bytes,
	gzip: gzipAll,
	zstd: zstdAll,
	snappy: compressSnappy,
	lz4: (bytes) => compressFrame(bytes),
};

/** Records go to a topic's partitions in turn. */
export async function openAttacker(
	address: string,
	topics: TopicTable,
): Promise<Attacker> {
	const writer = await openRawWriter(address);
	const records: HostileRecord[] = [];
	const refused = new Map<string, number>();
	let turn = 0;

	async function sendBatch(
		role: InputRole,
		what: string,
		batch: RawBatch,
	): Promise<readonly HostileRecord[]> {
		const { name: topic, partitions } = topics[role];
		const partition = turn % partitions;
		turn += 1;
		const { baseOffset } = await writer.write(
			topic,
			partition,
			encodeBatch(batch),
		);
		if (baseOffset === null) {
			refused.set(what, (refused.get(what) ?? 0) + batch.count);
			return [];
		}
		const written = Array.from({ length: batch.count }, (_, index) => ({
			topic,
			partition,
			offset: String(baseOffset + BigInt(index)),
			kind: inputKinds[role],
			what,
		}));
		records.push(...written);
		return written;
	}

	return {
		records,
		refused,
		sendBatch,
		async send(role, what, some, codec = "none") {
			const times = some.map(({ timestampMs }) => timestampMs ?? Date.now());
			const written = await sendBatch(role, what, {
				codec,
				count: some.length,
				bytes: Buffer.from(await compressors[codec](encodeRecords(some))),
				firstTimestampMs: firstTimestampOf(some),
				maxTimestampMs: times.reduce((most, ms) => Math.max(most, ms), 0),
			});
			for (const [index, record] of written.entries()) {
				const { alias, isReport } = some[index] as HostileDraft;
				if (alias !== undefined) record.alias = alias;
				if (isReport !== undefined) record.isReport = isReport;
			}
			return written;
		},
		close: () => writer.close(),
	};
}

/** One record of JSON. */
export function jsonRecord(
	key: string | null,
	value: unknown,
	headers: Readonly<Record<string, string>> = {},
): RawRecord {
	return {
		key: key === null ? null : Buffer.from(key),
		value: Buffer.from(JSON.stringify(value)),
		headers: Object.entries(headers).map(([name, text]) => [
			name,
			Buffer.from(text),
		]),
	};
}
