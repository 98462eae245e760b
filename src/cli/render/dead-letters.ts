import type { DeadLetterSummary } from "../../domain/dead-letter.ts";
import type { Frame } from "./paint.ts";
import { renderTable } from "./table.ts";
import { count } from "./text.ts";
import { renderDuration } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

export interface DeadLetterPage {
	dead_letters: DeadLetterSummary[];
	next_cursor: string | null;
}

/** A table of dead letters, newest first. */
export function renderDeadLetters(
	{ dead_letters, next_cursor }: DeadLetterPage,
	frame: Frame,
): string[] {
	if (dead_letters.length === 0) return ["no dead letter matches"];
	const { nowMs, paint } = frame;
	const lines = renderTable(
		[
			{
				title: "STATE",
				text: ({ state }: DeadLetterSummary) => withSymbol(state),
				tone: ({ state }) => signOf(state).tone,
			},
			{ title: "ID", text: ({ id }) => id },
			{
				title: "AGE",
				align: "right",
				spare: 1,
				text: ({ dead_at }) => renderDuration(nowMs - dead_at),
			},
			{ title: "REASON", text: ({ reason }) => reason },
			{ title: "PLAN", spare: 2, text: ({ plan_id }) => plan_id ?? "-" },
			{
				title: "WHAT",
				flexible: true,
				spare: 3,
				text: ({ path, message }) =>
					path === null || message.includes(path)
						? message
						: `${path}: ${message}`,
			},
		],
		dead_letters,
		frame,
	);
	if (next_cursor === null) return lines;
	const shown = `${count(dead_letters.length, "dead letter")} shown; the next ones:`;
	return [
		...lines,
		paint("dim", shown),
		paint("dim", `  --cursor ${next_cursor}`),
	];
}
