import { CliError } from "../cli-error.ts";
import type { ExitName } from "../exit-codes.ts";
import { printable } from "../render/text.ts";

/** The fields of the service's problem document (RFC 9457) that are present. */
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
	408: "unreachable",
	409: "refused",
	413: "usage",
	422: "refused",
	429: "unreachable",
	502: "unreachable",
	503: "unreachable",
	504: "unreachable",
};

/** Proxies may answer with these statuses, without any fact about the service behind them. */
const proxyStatuses: readonly number[] = [
	...[401, 403, 407, 413, 429, 431],
	...[502, 503, 504],
];

const remedyOf: Record<number, string> = {
	401: "give a token: ORCHESTRATOR_TOKEN, or --token-file <file>; `orchestrator token create` makes one",
	403: "use a token whose role allows this",
	408: "wait a moment and repeat it",
	429: "wait a moment and repeat it",
	502: "ask `orchestrator doctor` which server is away, then repeat it",
	503: "ask `orchestrator doctor` which server is away, then repeat it",
	504: "ask `orchestrator doctor` which server is away, then repeat it",
};

/** Converts an error response at `url`, from the service or another server, to the user's error. */
export function readProblem(
	url: string,
	status: number,
	body: string,
): CliError {
	const parsed = parseProblem(status, body);
	if (parsed === undefined && !proxyStatuses.includes(status))
		return foreignAnswer(url, `it answered ${status}`);
	const problem = parsed ?? { status };
	// Only our own line breaks remain: foreign text cannot look like a line of this program.
	const { detail, hint, problems = [], code } = printable(problem);
	const exit = exitFor(problem);
	// Each fault on a line of its own, unless the sentence has said it all.
	const [only] = problems;
	const isSaid = problems.length === 1 && detail?.includes(only?.message ?? "");
	const faults = isSaid
		? ""
		: problems.map(({ path, message }) => `\n  ${path}: ${message}`).join("");
	const what = detail ?? `the service answered ${status}`;
	// Without credentials the user is told where this program takes them from, not how HTTP carries them.
	const given = status === 401 ? remedyOf[401] : (hint ?? remedyOf[status]);
	const remedy = given ?? defaultRemedy(problem);
	return new CliError(
		isUnknownRoute(problem) ? "failed" : exit,
		`${what}${faults}`,
		{ remedy, code, status, problem },
	);
}

/** The error for an answer of another server at the service's address. */
export function foreignAnswer(
	url: string,
	how: string,
	cause?: unknown,
): CliError {
	return new CliError(
		"unreachable",
		`this is not the orchestrator: what listens at ${url} is another service, ${how}`,
		{
			remedy: "say where the orchestrator is by --url or ORCHESTRATOR_URL",
			cause,
		},
	);
}

/** A fault in typed input or in a file has its own exit code; otherwise the status decides. */
function exitFor({ status, code }: ProblemAnswer): ExitName {
	const isTyped = status === 422 && code === "REQUEST_INVALID";
	return isTyped ? "usage" : (exitOf[status] ?? "failed");
}

function defaultRemedy(problem: ProblemAnswer): string | undefined {
	if (isUnknownRoute(problem)) {
		return "the service is older than this program: bring both to one version";
	}
	if (problem.status >= 500) {
		return `look for request ${problem.request_id ?? ""} in the service's log`;
	}
	return undefined;
}

/** A service that has no such route at all, unlike one that has no such plan. */
function isUnknownRoute({ status, code }: ProblemAnswer): boolean {
	return status === 404 && code === "REQUEST_INVALID";
}

/** The service's own problem document; undefined for an answer of another server. */
function parseProblem(status: number, body: string): ProblemAnswer | undefined {
	try {
		const parsed: unknown = JSON.parse(body);
		if (typeof parsed !== "object" || parsed === null) return undefined;
		const { type, code, request_id } = parsed as Record<string, unknown>;
		const isOurs =
			type === "about:blank" &&
			typeof request_id === "string" &&
			typeof code === "string" &&
			/^[A-Z]+(_[A-Z]+)*$/.test(code);
		return isOurs ? { ...parsed, status } : undefined;
	} catch {
		// A proxy's page, for example.
		return undefined;
	}
}
