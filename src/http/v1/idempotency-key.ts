import { randomUUID } from "node:crypto";
import Type from "typebox";
import { nameUuid } from "../../domain/ticket-ids.ts";
import { OrchestratorError } from "../../errors.ts";

/** Header of every command: what is sent again under the same key has no effect of its own. */
export const idempotencyHeadersSchema = Type.Object({
	"idempotency-key": Type.Optional(
		Type.String({
			pattern: "^[\\x21-\\x7e]{1,200}$",
			description:
				"The same key and command again are answered as the first time, and have no effect",
		}),
	),
});

/** Of the commands that answers on Kafka became in earlier releases; plans know them by it. */
const RESERVED_PREFIX = "approval-answer-";

/** Throws REQUEST_INVALID for a key that answers on Kafka have: under it one would pass for taken. */
export function refuseReservedKey(key: string | undefined): void {
	if (key?.startsWith(RESERVED_PREFIX) !== true) return;
	throw new OrchestratorError(
		"REQUEST_INVALID",
		`$.headers.idempotency-key begins with ${RESERVED_PREFIX}, which is kept for answers on Kafka: choose another key`,
	);
}

/** Id of the re-drive that is asked for: the same key is the same re-drive, without one each is new. */
export function redriveIdOf(key: string | undefined): string {
	return key === undefined ? randomUUID() : nameUuid(`redrive/${key}`);
}
