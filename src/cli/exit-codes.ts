/** The program's exit codes for scripts: stable, listed in `--help` and in the README. */
export const exitCodes = {
	ok: { code: 0, meaning: "done" },
	failed: {
		code: 1,
		meaning:
			"a bad result: a plan did not succeed, a check failed, the service has a fault",
	},
	usage: {
		code: 2,
		meaning: "an argument, a file or a setting is not valid",
	},
	notFound: {
		code: 3,
		meaning: "there is no such plan, ticket or dead letter",
	},
	refused: {
		code: 4,
		meaning: "refused: the state forbids it, or the submitted plan is unsound",
	},
	unauthorised: {
		code: 5,
		meaning: "no token, a wrong token, or a token whose role is too weak",
	},
	unreachable: {
		code: 6,
		meaning:
			"the service, or a server it needs, does not answer, or another service answers at its address",
	},
	timedOut: {
		code: 7,
		meaning: "the plan had not ended within the time given for waiting",
	},
	interrupted: { code: 130, meaning: "ended by Ctrl-C" },
} as const;

export type ExitName = keyof typeof exitCodes;

/** The list of exit codes as the help shows it, one a line. */
export function describeExitCodes(): string {
	return Object.values(exitCodes)
		.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
		.join("\n");
}
