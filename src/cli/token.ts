import { type Command, Option } from "commander";
import type { CallerRole } from "../http/route-access.ts";
import { addExamples } from "./examples.ts";
import { readDuration } from "./read-options.ts";
import { renderToken } from "./render/token.ts";
import { answer, type Run } from "./run-command.ts";

interface TokenOptions {
	name: string;
	role: CallerRole;
	expiresIn?: number;
}

/** `token create`: makes a token; only its hash is kept by the service. */
export function addToken(program: Command, run: Run): void {
	const token = program.command("token").description("tokens for the API");
	const create = token
		.command("create")
		.description("make a token, and the line for API_TOKENS_FILE")
		.requiredOption("--name <name>", "who has it; stands in the audit trail")
		.addOption(
			new Option("--role <role>", "what it may do")
				.choices([
					"viewer",
					"worker",
					"operator",
					"releaser",
				] satisfies CallerRole[])
				.makeOptionMandatory(),
		)
		.option(
			"--expires-in <duration>",
			"90d, 12h; default: never",
			readDuration,
		);
	addExamples(create, {
		"token create --name ci --role operator --expires-in 90d":
			"shown once; asks no server",
		"token create --name ci --role viewer --json | (umask 077; tee ci.json | jq -c .record >> tokens.jsonl)":
			"append the record for the service; ci.json has the token, and only you can read it",
	}).action(
		run<TokenOptions>(async (_context, { name, role, expiresIn }) => {
			const { makeToken } = await import("./local/token.ts");
			const expiresAtMs =
				expiresIn === undefined ? null : Date.now() + expiresIn;
			return answer(makeToken(name, role, expiresAtMs), renderToken);
		}),
	);
}
