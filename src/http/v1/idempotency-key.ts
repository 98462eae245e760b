import { randomUUID } from "node:crypto";
import Type from "typebox";
import { nameUuid } from "../../domain/ticket-ids.ts";
import { OrchestratorError } from "../../errors.ts";

/** Header of every command: a repeated request under the same key has no further effect. */
export const idempotencyHeadersSchema = Type.Object({
	"idempotency-key": Type.Optional(
		Type.String({
			pattern: "^[\\x21-\\x7e]{1,200}$",
			description:
				"The same key and command again are answered as the first time, and have no effect",
		}),
	),
});

/** Prefix of the keys of answers on Kafka in earlier releases; plans recognise these commands by it. */
const RESERVED_PREFIX = "approval-answer-";

/** Throws REQUEST_INVALID for a key of an answer on Kafka: the plan would take that answer for done. */
export function refuseReservedKey(key: string | undefined): void {
	if (key?.startsWith(RESERVED_PREFIX) !== true) return;
	throw new OrchestratorError(
		"REQUEST_INVALID",
		`$.headers.idempotency-key begins with ${RESERVED_PREFIX}, which is kept for answers on Kafka: choose another key`,
	);
}

/** Id of the requested re-drive: the same key gives the same id; without a key each id is new. */
export function redriveIdOf(key: string | undefined): string {
	return key === undefined ? randomUUID() : nameUuid(`redrive/${key}`);
}
