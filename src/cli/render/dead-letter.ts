import type { DeadLetter, DeadLetterVerb } from "../../domain/dead-letter.ts";
import { toJson } from "../../domain/json-text.ts";
import type { Frame } from "./paint.ts";
import { renderProblems } from "./plan.ts";
import { renderFields } from "./table.ts";
import { LINE_BREAK, wrap } from "./text.ts";
import { renderDuration, renderTime } from "./time.ts";
import { signOf, withSymbol } from "./words.ts";

/** A dead letter as the API shows it. */
export interface DeadLetterView extends DeadLetter {
	decoded: unknown;
	decode_error: string | null;
	text: string | null;
	allowed: DeadLetterVerb[];
}

/** Lines of the message that are shown; `--json` has all. */
const MOST_LINES = 40;

/** One dead letter: the fault, the remedy, the decoded message and the history. */
export function renderDeadLetter(
	letter: DeadLetterView,
	frame: Frame,
): string[] {
	const { paint, nowMs, width } = frame;
	const { source, state, path } = letter;
	const place =
		source === null
			? "unknown"
			: `${source.topic}, partition ${source.partition}, offset ${source.offset}`;
	return [
		`${paint("strong", letter.id)}  ${paint(signOf(state).tone, withSymbol(state))}`,
		...renderFields(
			[
				["reason", letter.reason],
				...(path === null ? [] : [["at", path] as const]),
				[
					"since",
					`${renderTime(letter.dead_at)}, ${renderDuration(nowMs - letter.dead_at)}`,
				],
				["came from", place],
				["plan", letter.plan_id ?? "-"],
				...(letter.ticket_id === null
					? []
					: [["ticket", letter.ticket_id] as const]),
				["size", `${letter.original_bytes} bytes, key ${letter.key ?? "none"}`],
				...(letter.returned_as === null
					? []
					: [["came back as", letter.returned_as] as const]),
				["possible now", letter.allowed.join(", ") || "nothing"],
			],
			frame,
		),
		"",
		...wrap(letter.message, width, "  ").map((line) => paint("bad", line)),
		...wrap(`what to do: ${letter.hint}`, width, "  "),
		...renderProblems("problems", letter.problems, frame),
		...renderMessage(letter, frame),
		...renderHistory(letter, frame),
	];
}

function renderMessage(letter: DeadLetterView, { paint, width }: Frame) {
	const { decoded, decode_error, text } = letter;
	const title = decode_error === null ? "message" : `message: ${decode_error}`;
	const body =
		decode_error === null
			? toJson(decoded, 2)
			: (text ?? "").replaceAll(LINE_BREAK, `${LINE_BREAK}\n`);
	const lines = body.split("\n").flatMap((line) => wrap(line, width - 2, "  "));
	const rest = lines.length - MOST_LINES;
	return [
		"",
		paint("strong", title),
		...lines.slice(0, MOST_LINES).map((line) => `  ${line}`),
		...(rest > 0 ? [paint("dim", `  … ${rest} more lines, see --json`)] : []),
	];
}

function renderHistory({ history }: DeadLetterView, { paint, width }: Frame) {
	if (history.length === 0) return [];
	return [
		"",
		paint("strong", "history"),
		...history.flatMap(({ action, actor, reason, at }) =>
			wrap(
				`  ${renderTime(at)}  ${action} by ${actor}: ${reason}`,
				width,
				"    ",
			),
		),
	];
}

/** The outcome of a re-drive or a discard. */
export interface Settled {
	id?: string;
	state: string;
	redrive_id: string | null;
	redriven?: number;
	skipped?: number;
	failed?: number;
	idempotency_key?: string;
}

/** A line with the effect. */
export function renderSettled(done: Settled, frame: Frame): string[] {
	const { paint } = frame;
	const { id, state, redrive_id, redriven, skipped = 0, failed = 0 } = done;
	const what =
		id === undefined ? `re-drive ${redrive_id}` : `dead letter ${id}`;
	const isBad = state === "failed" || failed > 0;
	const numbers =
		redriven === undefined
			? ""
			: `: ${redriven} sent back, ${skipped} skipped, ${failed} failed`;
	return [
		`${isBad ? paint("bad", "✘") : paint("good", "✔")} ${what} is ${state}${numbers}`,
		...(id !== undefined && redrive_id !== null
			? renderFields([["re-drive", redrive_id]], frame)
			: []),
	];
}
