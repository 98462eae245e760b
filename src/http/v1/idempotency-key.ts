import { randomUUID } from "node:crypto";
import Type from "typebox";
import { nameUuid } from "../../domain/ticket-ids.ts";

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

/** Id of the re-drive that is asked for: the same key is the same re-drive, without one each is new. */
export function redriveIdOf(key: string | undefined): string {
	return key === undefined ? randomUUID() : nameUuid(`redrive/${key}`);
}
