import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";
import { signOf, withSymbol } from "./words.ts";

/** The answer to a command on a plan, with the key for a retry. */
export interface Acknowledgement {
	command: string;
	plan_id: string;
	status: string;
	idempotency_key: string;
}

/** A line with the effect, and the key. */
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
