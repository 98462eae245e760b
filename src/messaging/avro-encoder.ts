import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import avsc from "avsc";
import { OrchestratorError } from "../errors.ts";
import type { SchemaRegistry } from "./schema-registry.ts";

/** Confluent framing: a zero byte, the schema's id as big-endian unsigned 32 bits, then Avro. */
export const FRAME_BYTES = 5;

export interface AvroEncoderOptions {
	registry: SchemaRegistry;
	subject: string;
	/** A contract under `schemas/`: `execution-ticket`. */
	contract: string;
	/** The word for such a record in errors: `ticket`. */
	what: string;
}

/** Encodes one kind of record; its schema is registered with the first record. */
export type AvroEncoder = (record: object, id: string) => Promise<Buffer>;

/**
 * Makes an encoder. It rejects with REGISTRY_UNAVAILABLE while the registry is away, and with
 * MESSAGE_INVALID when a field has no value of its type.
 */
export function createAvroEncoder({
	registry,
	subject,
	contract,
	what,
}: AvroEncoderOptions): AvroEncoder {
	const file = new URL(`../../schemas/${contract}.avsc`, import.meta.url);
	// Without white space and line ends, so that the registry sees the same schema from every checkout.
	const schema = JSON.stringify(JSON.parse(readFileSync(file, "utf8")));
	const type = avsc.Type.forSchema(JSON.parse(schema) as avsc.Schema);
	let registered: Promise<number> | undefined;

	/** The schema is registered once for all records; after a failure the next record tries again. */
	async function schemaId(): Promise<number> {
		registered ??= registry.register(subject, schema);
		try {
			return await registered;
		} catch (error) {
			registered = undefined;
			throw error;
		}
	}

	function toAvro(record: object, id: string): Buffer {
		type.isValid(record, {
			errorHook: (path, value) => {
				throw new OrchestratorError(
					"MESSAGE_INVALID",
					`cannot encode ${what} ${id}: ${path.join(".")} is ${inspect(value)}`,
				);
			},
		});
		return type.toBuffer(record);
	}

	return async (record, id) => {
		const frame = Buffer.alloc(FRAME_BYTES);
		frame.writeUInt32BE(await schemaId(), 1);
		return Buffer.concat([frame, toAvro(record, id)]);
	};
}
