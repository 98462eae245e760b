import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";
import { signOf, withSymbol } from "./words.ts";

/** What a command on a plan answered, with the key under which it may be sent again. */
export interface Acknowledgement {
	command: string;
	plan_id: string;
	status: string;
	idempotency_key: string;
}

/** A line that says what was done, and the key. */
export function renderAcknowledgement(
	done: Acknowledgement,
	frame: Frame,
): string[] {
	const { paint } = frame;
	const status = paint(signOf(done.status).tone, withSymbol(done.status));
	return [
		`${paint("good", "✔")} ${done.command} accepted: plan ${done.plan_id} is ${status}`,
		...renderFields([["idempotency key", done.idempotency_key]], frame),
	];
}
