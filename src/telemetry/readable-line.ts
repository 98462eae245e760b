import { escapeUnprintable } from "../domain/unseen-characters.ts";

/** The same in every line of a process. */
const constant = new Set([
	"time",
	"level",
	"msg",
	"service",
	"version",
	"environment",
	"deployment_variant",
	"role",
]);

/** A line of the log for people: time, level, message, the fields, then the stack of an error. */
export function readableLine(json: string): string {
	const entry = JSON.parse(json) as Record<string, unknown>;
	const { time, level, msg, error } = entry;
	const fields = Object.entries(entry).flatMap(([name, value]) =>
		constant.has(name) || name === "error" ? [] : [`${name}=${shown(value)}`],
	);
	const head = [
		String(time).slice(11, 23),
		String(level).toUpperCase().padEnd(5),
		String(msg),
		...fields,
	].join(" ");
	const lines = [head, ...linesOf(error)].map(escapeUnprintable);
	return `${lines.join("\n")}\n`;
}

function shown(value: unknown): string {
	if (typeof value === "string" && /^[^\s"=]+$/.test(value)) return value;
	return JSON.stringify(value);
}

function linesOf(error: unknown): string[] {
	if (error === undefined) return [];
	const { stack } = error as { stack?: unknown };
	const text = typeof stack === "string" ? stack : JSON.stringify(error);
	return text.split("\n").map((line) => `    ${line.trimStart()}`);
}
