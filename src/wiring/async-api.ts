import type { TopicRole, TopicSpec, TopicTable } from "../messaging/topics.ts";
import {
	type MessageContract,
	type Repeats,
	type TopicContract,
	topicContracts,
} from "./topic-contracts.ts";

const KAFKA_BINDING = "0.5.0";
const DESCRIPTION =
	"Messages are JSON; Avro in Confluent's wire format is read as well, and tickets are written in it when a schema registry is configured, as are requests for approval when APPROVAL_REQUESTS_FORMAT says so. What this service sends comes at least once: each message says by what a reader knows one that comes again. The HTTP API is at /openapi.json.";

/** Every topic, key, header and message of this service, as an AsyncAPI 3 document. */
export function describeMessages(
	topics: TopicTable,
	{ version }: { version: string },
): object {
	const roles = Object.entries(topicContracts) as [TopicRole, TopicContract][];
	const perRole = <T>(make: (role: TopicRole, contract: TopicContract) => T) =>
		roles.map(([role, contract]) => make(role, contract));
	return {
		asyncapi: "3.0.0",
		info: { title: "Orchestrator messages", version, description: DESCRIPTION },
		defaultContentType: "application/json",
		channels: Object.fromEntries(
			perRole((role, contract) => [
				role,
				describeChannel(topics[role], contract, role),
			]),
		),
		operations: Object.fromEntries(
			perRole((role, contract) => describeOperations(role, contract)).flat(),
		),
		components: {
			messages: Object.fromEntries(
				perRole((role, contract) =>
					contract.messages.map((message) => [
						messageId(role, message),
						describeMessage(message, contract),
					]),
				).flat(),
			),
			schemas: Object.fromEntries(
				perRole((_role, { messages }) =>
					messages.map(({ name, payload }) => [name, payload]),
				).flat(),
			),
		},
	};
}

function describeChannel(
	{ name, partitions, retentionMs, maxMessageBytes, cleanup }: TopicSpec,
	{ summary, messages }: TopicContract,
	role: TopicRole,
): object {
	return {
		address: name,
		summary,
		messages: Object.fromEntries(
			messages.map((message) => [
				message.name,
				{ $ref: `#/components/messages/${messageId(role, message)}` },
			]),
		),
		bindings: {
			kafka: {
				topic: name,
				partitions,
				topicConfiguration: {
					"cleanup.policy": [cleanup],
					"retention.ms": retentionMs,
					"max.message.bytes": maxMessageBytes,
				},
				bindingVersion: KAFKA_BINDING,
			},
		},
	};
}

function describeOperations(
	role: TopicRole,
	{ does, summary }: TopicContract,
): [string, object][] {
	const channel = { $ref: `#/channels/${role}` };
	return does.map((action) => [
		`${action}${role.charAt(0).toUpperCase()}${role.slice(1)}`,
		{ action, channel, summary },
	]);
}

function describeMessage(
	{ name, summary }: MessageContract,
	{ key, headers, repeats }: TopicContract,
): object {
	const named = Object.entries(headers).map(([header, description]) => [
		header,
		{ type: "string", description },
	]);
	return {
		name,
		title: name,
		summary,
		...(repeats && describeRepeats(repeats)),
		contentType: "application/json",
		headers: { type: "object", properties: Object.fromEntries(named) },
		payload: { $ref: `#/components/schemas/${name}` },
		bindings: {
			kafka: {
				key: { type: "string", description: key },
				bindingVersion: KAFKA_BINDING,
			},
		},
	};
}

/** Describes repeated messages and how a reader recognises them; the expressions are for programs. */
function describeRepeats({ by, note }: Repeats): object {
	const names = by.map(
		(place) => `\`${place.slice(place.lastIndexOf("/") + 1)}\``,
	);
	const text = `Delivered at least once: drop what you have seen before, by ${names.join(", ")}`;
	return {
		description: `${text}${note === undefined ? "." : `; ${note}.`}`,
		"x-delivery": "at-least-once",
		"x-deduplicate-by": [...by],
	};
}

/** Messages of one kind have other headers on another topic. */
function messageId(role: TopicRole, { name }: MessageContract): string {
	return `${role}.${name}`;
}
