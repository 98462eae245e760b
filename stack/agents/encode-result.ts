import { readFile } from "node:fs/promises";
import avsc from "avsc";
import type { ExecutionResult } from "../../schemas/execution-result.ts";
import { createSchemaRegistry } from "../../src/messaging/schema-registry.ts";

export type EncodeResult = (result: ExecutionResult) => Promise<Buffer>;

interface Writer {
	type: avsc.Type;
	schemaId: number;
}

const schemaFile = new URL(
	"../../schemas/execution-result.avsc",
	import.meta.url,
);

/** JSON without a registry, else Confluent Avro under the subject `{topic}-value`. Rejects while the registry is away. */
export function createResultEncoder(
	topic: string,
	registryUrl: string | undefined,
): EncodeResult {
	if (registryUrl === undefined) {
		return async (result) => Buffer.from(JSON.stringify(result));
	}
	const registry = createSchemaRegistry(registryUrl);
	let writer: Promise<Writer> | undefined;

	async function openWriter(): Promise<Writer> {
		const schema = JSON.parse(await readFile(schemaFile, "utf8"));
		const text = JSON.stringify(schema);
		const schemaId = await registry.register(`${topic}-value`, text);
		return { schemaId, type: avsc.Type.forSchema(schema) };
	}

	return async (result) => {
		writer ??= openWriter();
		const { type, schemaId } = await writer.catch((error: unknown) => {
			// Asked again with the next result.
			writer = undefined;
			throw error;
		});
		return frame(schemaId, type.toBuffer(result));
	};
}

/** Confluent framing: a zero byte, then the schema's id. */
function frame(schemaId: number, payload: Buffer): Buffer {
	const head = Buffer.alloc(5);
	head.writeUInt32BE(schemaId, 1);
	return Buffer.concat([head, payload]);
}
