import type { ConnectionOptions } from "node:tls";
import type { ApprovalRequest } from "../../schemas/approval-request.ts";
import type {
	AvroTicket,
	ExecutionTicket,
} from "../../schemas/execution-ticket.ts";
import { toJson } from "../domain/json-text.ts";
import { decodeText, parseJson } from "../domain/parse-json.ts";
import { requestAsPlan } from "../domain/request-as-plan.ts";
import { addNotes, withText } from "../domain/text-fields.ts";
import { OrchestratorError } from "../errors.ts";
import { createAvroEncoder, FRAME_BYTES } from "./avro-encoder.ts";
import { readAvro } from "./read-avro.ts";
import {
	createSchemaRegistry,
	type SchemaRegistry,
} from "./schema-registry.ts";
import { createTopicTable } from "./topics.ts";

export interface CodecSettings {
	/** Absent: tickets are written as JSON, and framed Avro cannot be read. */
	registryUrl?: string;
	/** TLS settings for an https registry. */
	registryTls?: ConnectionOptions;
	/** Their registry subjects are `{topic}-value`. */
	ticketsTopic?: string;
	approvalRequestsTopic?: string;
	/** Format of approval requests; Avro needs a registry. Default JSON. */
	approvalRequests?: "json" | "avro";
}

export interface Codec {
	/**
	 * Plain data from JSON or Confluent-framed Avro. Rejects with MESSAGE_UNDECODABLE when these bytes can never
	 * be decoded, with REGISTRY_UNAVAILABLE when they may be later.
	 */
	decode(value: Buffer): Promise<unknown>;
	/** Resolves when the schema registry answers, or there is none; rejects when it is away. */
	ping(): Promise<void>;
	/** Avro with a registry (REGISTRY_UNAVAILABLE while it is away), else JSON. */
	encodeTicket(ticket: ExecutionTicket): Promise<Buffer>;
	/** JSON, or Avro as the plan itself, if that is set (REGISTRY_UNAVAILABLE while the registry is away). */
	encodeApprovalRequest(request: ApprovalRequest): Promise<Buffer>;
}

/** Kafka's own limits are far below; this bounds what a parse may cost. */
export const MAX_MESSAGE_BYTES = 10 * 1_048_576;

/** Connects to nothing until the first framed message or ticket. */
export function createCodec({
	registryUrl,
	registryTls,
	ticketsTopic = createTopicTable().tickets.name,
	approvalRequestsTopic = createTopicTable().approvalRequests.name,
	approvalRequests = "json",
}: CodecSettings = {}): Codec {
	const registry =
		registryUrl === undefined
			? undefined
			: createSchemaRegistry(registryUrl, registryTls);
	return {
		async decode(value) {
			if (value.length > MAX_MESSAGE_BYTES)
				throw undecodable(
					`it has ${value.length} bytes, at most ${MAX_MESSAGE_BYTES} are read`,
				);
			if (value[0] === 0 && value.length >= FRAME_BYTES)
				return await decodeFramed(value, registry);
			try {
				return parseText(value);
			} catch (error) {
				throw undecodable(`it is no JSON (${messageOf(error)})`, error);
			}
		},
		ping: async () => await registry?.ping(),
		encodeTicket:
			registry === undefined
				? encodeJson
				: createTicketEncoder(registry, `${ticketsTopic}-value`),
		encodeApprovalRequest:
			registry === undefined || approvalRequests === "json"
				? encodeJson
				: createRequestEncoder(registry, `${approvalRequestsTopic}-value`),
	};
}

/** Some producers put the Avro frame before JSON, so JSON is tried when Avro fails. */
async function decodeFramed(
	value: Buffer,
	registry: SchemaRegistry | undefined,
): Promise<unknown> {
	const id = value.readUInt32BE(1);
	const payload = value.subarray(FRAME_BYTES);
	const avro = await decodeAvro(id, payload, registry);
	if ("value" in avro) return avro.value;
	try {
		return parseText(payload);
	} catch {
		throw undecodable(
			`${avro.reason}, and what follows the frame is no JSON either`,
			avro.cause,
			{ schemaId: id },
		);
	}
}

type Decoded = { value: unknown } | { reason: string; cause?: unknown };

async function decodeAvro(
	id: number,
	payload: Buffer,
	registry: SchemaRegistry | undefined,
): Promise<Decoded> {
	if (registry === undefined) {
		return {
			reason: `it is framed Avro with schema ${id}, and KAFKA_SCHEMA_REGISTRY_URL is not set`,
		};
	}
	const schema = await registry.find(id);
	if (schema.kind === "missing")
		return { reason: `the schema registry has no schema ${id}` };
	if (schema.kind === "other") return { reason: schema.reason };
	try {
		return { value: readAvro(schema.type, payload) };
	} catch (cause) {
		return {
			reason: `it cannot be read as Avro with schema ${id} (${messageOf(cause)})`,
			cause,
		};
	}
}

function parseText(bytes: Buffer): unknown {
	if (bytes.length === 0) throw new Error("the message is empty");
	return parseJson(decodeText(bytes));
}

async function encodeJson(record: object): Promise<Buffer> {
	return Buffer.from(toJson(record));
}

function createTicketEncoder(
	registry: SchemaRegistry,
	subject: string,
): Codec["encodeTicket"] {
	const encode = createAvroEncoder({
		registry,
		subject,
		contract: "execution-ticket",
		what: "ticket",
	});
	return async (ticket) =>
		await encode(withTextParameters(ticket), ticket.ticket_id);
}

function createRequestEncoder(
	registry: SchemaRegistry,
	subject: string,
): Codec["encodeApprovalRequest"] {
	const encode = createAvroEncoder({
		registry,
		subject,
		contract: "cognitive-plan",
		what: "plan",
	});
	return async (request) =>
		await encode(requestAsPlan(request), request.plan_id);
}

/** Avro parameters are text only; the ticket's metadata names the parameters that were converted. */
function withTextParameters({
	parameters,
	metadata,
	...rest
}: ExecutionTicket): AvroTicket {
	const { fields, notes } = withText(parameters, "parameters");
	return { ...rest, parameters: fields, metadata: addNotes(metadata, notes) };
}

function undecodable(
	reason: string,
	cause?: unknown,
	details: object = {},
): OrchestratorError {
	return new OrchestratorError(
		"MESSAGE_UNDECODABLE",
		`cannot read the message: ${reason}`,
		{ cause, ...details },
	);
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}
