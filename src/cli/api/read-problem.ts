import { CliError } from "../cli-error.ts";
import type { ExitName } from "../exit-codes.ts";
import { printable } from "../render/text.ts";

/** What a problem document of the service says (RFC 9457), as far as it says it. */
export interface ProblemAnswer {
	status: number;
	code?: string;
	detail?: string;
	hint?: string;
	problems?: readonly { path: string; code: string; message: string }[];
	allowed?: readonly string[];
	request_id?: string;
}

const exitOf: Record<number, ExitName> = {
	400: "usage",
	401: "unauthorised",
	403: "unauthorised",
	404: "notFound",
	405: "usage",
	409: "refused",
	413: "usage",
	422: "refused",
	429: "unreachable",
	502: "unreachable",
	503: "unreachable",
	504: "unreachable",
};

const remedyOf: Record<number, string> = {
	401: "give a token: ORCHESTRATOR_TOKEN, or --token-file <file>; `orchestrator token create` makes one",
	403: "use a token whose role allows this",
	429: "wait a moment and repeat it",
	502: "ask `orchestrator doctor` which server is away, then repeat it",
	503: "ask `orchestrator doctor` which server is away, then repeat it",
	504: "ask `orchestrator doctor` which server is away, then repeat it",
};

/** Turns an answer that is no success into what the user hears; a body that is no problem document will do. */
export function readProblem(status: number, body: string): CliError {
	const problem = parseProblem(status, body);
	// Only our own line breaks remain: what others wrote cannot pass for a line of this program.
	const { detail, hint, problems = [], code } = printable(problem);
	const exit = exitOf[status] ?? "failed";
	// Each fault on a line of its own, unless the sentence has said it all.
	const [only] = problems;
	const isSaid = problems.length === 1 && detail?.includes(only?.message ?? "");
	const faults = isSaid
		? ""
		: problems.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
	const what = detail ?? `the service answered ${status}`;
	// Whoever has no credentials is told where this program takes them from, not how HTTP carries them.
	const given = status === 401 ? remedyOf[401] : (hint ?? remedyOf[status]);
	const remedy = given ?? defaultRemedy(problem);
	return new CliError(
		isUnknownRoute(problem) ? "failed" : exit,
		`${what}${faults}`,
		{ remedy, code, status, problem },
	);
}

function defaultRemedy(problem: ProblemAnswer): string | undefined {
	if (isUnknownRoute(problem)) {
		return "the service is older than this program, or --url is not its address";
	}
	if (problem.status >= 500) {
		return `look for request ${problem.request_id ?? ""} in the service's log`;
	}
	return undefined;
}

/** A service that has no such route at all, unlike one that has no such plan. */
function isUnknownRoute({ status, code }: ProblemAnswer): boolean {
	return status === 404 && (code === undefined || code === "REQUEST_INVALID");
}

function parseProblem(status: number, body: string): ProblemAnswer {
	try {
		const parsed: unknown = JSON.parse(body);
		if (typeof parsed === "object" && parsed !== null) {
			return { ...parsed, status };
		}
	} catch {
		// A proxy's page, for example: its status says enough.
	}
	return { status };
}
