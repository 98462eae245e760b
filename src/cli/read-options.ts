import { InvalidArgumentError } from "commander";
import { timestampMs } from "../domain/timestamps.ts";

const unitMs: Record<string, number> = {
	ms: 1,
	s: 1_000,
	m: 60_000,
	h: 3_600_000,
	d: 86_400_000,
};

/** `90s`, `15m`, `2h`, `1d`, `500ms` as milliseconds. */
export function readDuration(text: string): number {
	const [, number, unit = ""] =
		/^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text) ?? [];
	if (number === undefined) {
		throw new InvalidArgumentError("It is a duration: 30s, 15m, 2h, 1d.");
	}
	return Math.round(Number(number) * (unitMs[unit] ?? 1));
}

/** A moment as epoch ms: `2026-11-21T10:00:00Z`, epoch ms, or a duration before now. */
export function readMoment(text: string): number {
	if (/^\d{12,}$/.test(text)) return Number(text);
	if (/^[\d.]+\s*(ms|s|m|h|d)$/.test(text))
		return Date.now() - readDuration(text);
	// A small number would be a time long ago.
	const atMs = /^[\d.]*$/.test(text) ? undefined : timestampMs(text);
	if (atMs === undefined) {
		throw new InvalidArgumentError(
			"It is a time, 2026-11-21T10:00:00Z, or how long ago, 2h.",
		);
	}
	return atMs;
}

/** A whole number from 1 on. */
export function readCount(text: string): number {
	if (!/^[1-9]\d{0,8}$/.test(text)) {
		throw new InvalidArgumentError("It is a whole number from 1 on.");
	}
	return Number(text);
}

/** A number above 0. */
export function readRate(text: string): number {
	const rate = Number(text);
	if (!/^\d+(\.\d+)?$/.test(text) || rate <= 0) {
		throw new InvalidArgumentError("It is a number above 0.");
	}
	return rate;
}
