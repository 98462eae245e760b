import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";
import { wrap } from "./text.ts";

export interface ReplayReport {
	workflow_id: string;
	source: string;
	events: number;
	is_same: boolean;
	departure: {
		event_id: number | null;
		recorded: string | null;
		code: string | null;
		message: string;
	} | null;
}

/** Whether today's code repeats the record; if not, the first difference and the remedy. */
export function renderReplay(
	{ workflow_id, events, departure }: ReplayReport,
	frame: Frame,
): string[] {
	const { paint, width } = frame;
	if (departure === null) {
		return [
			`${paint("good", "✔ same")}: today's code does all ${events} events of ${workflow_id} again`,
		];
	}
	const at =
		departure.event_id === null ? "" : ` at event ${departure.event_id}`;
	return [
		`${paint("bad", "✘ departs")}: today's code leaves the history of ${workflow_id}${at} of ${events}`,
		...renderFields(
			[
				["recorded", departure.recorded ?? "see the message"],
				["today", departure.code ?? "see the message"],
			],
			frame,
		),
		...wrap(`  ${departure.message}`, width, "    "),
		...wrap(
			"what to do: keep the old path behind patched(), or release the change as a build of its own and let open plans end on theirs",
			width,
			"  ",
		),
	];
}
