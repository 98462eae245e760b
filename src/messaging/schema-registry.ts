import type { ConnectionOptions } from "node:tls";
import type avsc from "avsc";
import { LRUCache } from "lru-cache";
import { OrchestratorError } from "../errors.ts";
import { parseAvroSchema } from "./read-avro.ts";
import { requestJson } from "./request-json.ts";

/** A schema by its id in the registry. */
export type WriterSchema =
	| { kind: "avro"; type: avsc.Type }
	/** JSON Schema, Protobuf, or an Avro schema that does not parse. */
	| { kind: "other"; reason: string }
	| { kind: "missing" };

export interface SchemaRegistry {
	/** Rejects with REGISTRY_UNAVAILABLE when the registry gives no usable answer. */
	find(id: number): Promise<WriterSchema>;
	/** Id of the schema under the subject, registered if it was not; REGISTRY_UNAVAILABLE as above. */
	register(subject: string, schema: string): Promise<number>;
	/** Resolves when the registry answers; rejects with REGISTRY_UNAVAILABLE. */
	ping(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 5_000;
/** A schema may be registered a moment after the first message that uses it. */
const MISSING_TTL_MS = 10_000;
const MISSING_MAX = 1_000;
/** The registry's own codes for a missing schema; any other 404 means a wrong address. */
const NOT_FOUND_CODES: readonly unknown[] = [40401, 40402, 40403];
/** Registries use signed 32-bit ids and answer a larger id as if the address were wrong. */
const MAX_ID = 2 ** 31 - 1;

interface SchemaAnswer {
	schema: string;
	schemaType?: string;
	references?: { name: string; subject: string; version: number }[];
}

/**
 * Client of a registry that speaks the Confluent API. Schemas are fetched once; concurrent questions share
 * one request. Written with node:https, not with @kafkajs/confluent-schema-registry: that package waits for
 * ever on a broken-off answer, ends the process on a null error body, and sets the compatibility of foreign
 * subjects.
 */
export function createSchemaRegistry(
	url: string,
	tls?: ConnectionOptions,
): SchemaRegistry {
	const { base, headers } = addressOf(url);
	const schemas = new Map<number, WriterSchema>();
	/** Answers that may change: schemas can be registered and deleted. */
	const useless = new LRUCache<number, WriterSchema>({
		max: MISSING_MAX,
		ttl: MISSING_TTL_MS,
	});
	const pending = new Map<number, Promise<WriterSchema>>();

	async function ask<T>(path: string, body?: object): Promise<T | "missing"> {
		const { status, value } = await requestJson(`${base}${path}`, {
			headers,
			timeoutMs: REQUEST_TIMEOUT_MS,
			body,
			tls,
		});
		const answer = value as
			| (T & { error_code?: unknown; message?: unknown })
			| null;
		if (status < 300 && answer !== null) return answer;
		if (NOT_FOUND_CODES.includes(answer?.error_code)) return "missing";
		throw new Error(`it answered ${status} ${String(answer?.message ?? "")}`);
	}

	async function fetchSchema(id: number): Promise<WriterSchema> {
		const answer = await ask<SchemaAnswer>(`/schemas/ids/${id}`);
		const schema: WriterSchema =
			answer === "missing" ? { kind: "missing" } : await parse(id, answer);
		if (schema.kind === "avro") schemas.set(id, schema);
		else useless.set(id, schema);
		return schema;
	}

	async function parse(
		id: number,
		answer: SchemaAnswer,
	): Promise<WriterSchema> {
		const { schemaType = "AVRO", schema, references } = answer;
		const other = (reason: string) => ({ kind: "other", reason }) as const;
		if (schemaType !== "AVRO")
			return other(`its schema ${id} is ${schemaType}, not Avro`);
		const texts = await collectReferences(references, new Map());
		try {
			const named: Record<string, avsc.Type> = {};
			for (const [path, text] of texts) {
				if (text === undefined)
					return other(`the registry has no ${path}, which its schema names`);
				parseAvroSchema(text, named);
			}
			return { kind: "avro", type: parseAvroSchema(schema, named) };
		} catch (error) {
			return other(`its schema cannot be parsed: ${messageOf(error)}`);
		}
	}

	/** Referenced schemas of other subjects, the deepest first; undefined when one is missing. */
	async function collectReferences(
		references: SchemaAnswer["references"] = [],
		found: Map<string, string | undefined>,
		begun = new Set<string>(),
	): Promise<Map<string, string | undefined>> {
		for (const { subject, version } of references) {
			const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
			if (begun.has(path)) continue;
			begun.add(path);
			// A deleted schema is still the schema of the message.
			const answer = await ask<SchemaAnswer>(`${path}?deleted=true`);
			if (answer === "missing") found.set(path, undefined);
			else {
				await collectReferences(answer.references, found, begun);
				found.set(path, answer.schema);
			}
		}
		return found;
	}

	function unavailable(doing: string, cause: unknown): OrchestratorError {
		return new OrchestratorError(
			"REGISTRY_UNAVAILABLE",
			`cannot ${doing} the schema registry at ${base}: ${messageOf(cause)}; check KAFKA_SCHEMA_REGISTRY_URL and that it is running`,
			{ cause },
		);
	}

	return {
		async find(id) {
			const known = schemas.get(id);
			if (known !== undefined) return known;
			if (id > MAX_ID) return { kind: "missing" };
			const unusable = useless.get(id);
			if (unusable !== undefined) return unusable;
			const asked =
				pending.get(id) ?? fetchSchema(id).finally(() => pending.delete(id));
			pending.set(id, asked);
			try {
				return await asked;
			} catch (cause) {
				throw unavailable(`get schema ${id} from`, cause);
			}
		},
		async ping() {
			try {
				await ask("/schemas/ids/1");
			} catch (cause) {
				throw unavailable("reach", cause);
			}
		},
		async register(subject, schema) {
			try {
				const answer = await ask<{ id: number }>(
					`/subjects/${encodeURIComponent(subject)}/versions`,
					{ schema },
				);
				if (answer === "missing" || !Number.isInteger(answer.id))
					throw new Error("it gave no id");
				return answer.id;
			} catch (cause) {
				throw unavailable(`register ${subject} with`, cause);
			}
		},
	};
}

/** The address without the password that may stand in it, and the header that carries it. */
function addressOf(text: string): {
	base: string;
	headers: Record<string, string>;
} {
	const url = new URL(text);
	const headers: Record<string, string> = {
		accept: "application/vnd.schemaregistry.v1+json, application/json",
		"content-type": "application/vnd.schemaregistry.v1+json",
	};
	if (url.username !== "") {
		const credentials = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
		headers.authorization = `Basic ${Buffer.from(credentials).toString("base64")}`;
	}
	url.username = "";
	url.password = "";
	return { base: url.href.replace(/\/+$/, ""), headers };
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
