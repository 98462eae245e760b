import type { AgentTicket } from "./read-ticket.ts";

/** How simulated work turns out on the whole; a ticket's own `parameters` overrule it. */
export interface SimulationSettings {
	/** Range the duration of one execution is drawn from. */
	durationMs: { min: number; max: number };
	/** 0 to 1. */
	failureRatio: number;
	/** So many times as long as other agents this one takes for everything. */
	slowdown: number;
}

/** What an agent does with one attempt. */
export type Behaviour =
	/** Never answers, like an agent that hangs. */
	| { kind: "silent" }
	| { kind: "dead-letter" }
	| {
			kind: "answer";
			durationMs: number;
			succeeds: boolean;
			/** How often the result is sent. */
			copies: 1 | 2;
			/** Time the finished result is held back. */
			holdBackMs: number;
	  };

/**
 * Decides what becomes of a ticket. `parameters` of the ticket that count:
 * `simulate` = fail | silent | dead-letter | twice | late (`simulate_late_ms`: by how much, default
 * twice the time-out); `simulate_attempts` = n limits `simulate` to the first n attempts;
 * `simulate_fail_attempts` = n fails the first n attempts; `simulate_duration_ms`.
 */
export function chooseBehaviour(
	ticket: AgentTicket,
	settings: SimulationSettings,
	random: () => number,
): Behaviour {
	const simulate = isSimulated(ticket) ? ticket.parameters.simulate : undefined;
	if (simulate === "silent" || simulate === "dead-letter") {
		return { kind: simulate };
	}
	return {
		kind: "answer",
		durationMs: chooseDurationMs(ticket, settings, random),
		succeeds: !fails(ticket, simulate, settings, random),
		copies: simulate === "twice" ? 2 : 1,
		holdBackMs: simulate === "late" ? lateMs(ticket) : 0,
	};
}

function isSimulated({ parameters, retryCount }: AgentTicket): boolean {
	return (
		retryCount < readNumber(parameters.simulate_attempts, Number.MAX_VALUE)
	);
}

function fails(
	{ parameters, retryCount }: AgentTicket,
	simulate: string | undefined,
	{ failureRatio }: SimulationSettings,
	random: () => number,
): boolean {
	if (simulate === "fail") return true;
	if (parameters.simulate_fail_attempts !== undefined) {
		return retryCount < readNumber(parameters.simulate_fail_attempts, 0);
	}
	return random() < failureRatio;
}

function chooseDurationMs(
	{ parameters }: AgentTicket,
	{ durationMs, slowdown }: SimulationSettings,
	random: () => number,
): number {
	const drawn = durationMs.min + random() * (durationMs.max - durationMs.min);
	const usual = readNumber(parameters.simulate_duration_ms, drawn);
	return Math.round(usual * slowdown);
}

function lateMs({ parameters, timeoutMs }: AgentTicket): number {
	return readNumber(parameters.simulate_late_ms, 2 * timeoutMs);
}

function readNumber(text: string | undefined, fallback: number): number {
	const number = Number(text);
	return text !== undefined && text.trim() !== "" && number >= 0
		? number
		: fallback;
}
