import type { Frame } from "./paint.ts";
import { pad, wrap } from "./text.ts";
import { signOf, withSymbol } from "./words.ts";

export interface CheckLine {
	name: string;
	status: "ok" | "warning" | "failed";
	detail: string;
	remedy?: string;
}

const STATUS_WIDTH = 10;

/** One check: its status, finding and remedy. */
export function renderCheck(check: CheckLine, frame: Frame): string[] {
	const { paint, width } = frame;
	const { status, name, detail, remedy } = check;
	const indent = " ".repeat(STATUS_WIDTH);
	const sign = paint(
		signOf(status).tone,
		pad(withSymbol(status), STATUS_WIDTH),
	);
	const [first = "", ...more] = wrap(
		`${name}: ${detail}`,
		width - STATUS_WIDTH,
	);
	return [
		`${sign}${first}`,
		...more.map((line) => indent + line),
		...(remedy === undefined || status === "ok"
			? []
			: wrap(`what to do: ${remedy}`, width - STATUS_WIDTH).map(
					(line) => indent + line,
				)),
	];
}

/** The summary of all checks. */
export function renderVerdict(checks: readonly CheckLine[], { paint }: Frame) {
	const count = (status: CheckLine["status"]) =>
		checks.filter((check) => check.status === status).length;
	const [failed, warnings] = [count("failed"), count("warning")];
	const numbers = `${count("ok")} ok, ${warnings} warning${warnings === 1 ? "" : "s"}, ${failed} failed`;
	if (failed > 0) return paint("bad", `✘ failed: ${numbers}`);
	return warnings > 0
		? paint("waiting", `! works, with warnings: ${numbers}`)
		: paint("good", `✔ all is well: ${numbers}`);
}
