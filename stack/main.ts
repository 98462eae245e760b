import { parseArgs } from "node:util";
import { down } from "./commands/down.ts";
import { env } from "./commands/env.ts";
import { logs } from "./commands/logs.ts";
import { reset } from "./commands/reset.ts";
import { status } from "./commands/status.ts";
import { up } from "./commands/up.ts";
import { developmentDirectory } from "./stack.ts";

const USAGE = `npm run stack                     start the servers and stay; Ctrl-C stops them
npm run stack -- status           what runs, where
npm run stack -- env [--json]     the addresses as environment variables
npm run stack -- logs SERVER [--follow]
npm run stack -- down             stop what runs
npm run stack -- reset            stop, and delete data and logs

--only redis,kafka                start these servers only
--directory DIR                   another stack than .stack/dev`;

const commands = { up, down, status, logs, env, reset };

try {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			only: { type: "string" },
			directory: { type: "string", default: developmentDirectory },
			json: { type: "boolean", default: false },
			follow: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	const [name = "up", server] = positionals;
	const command = Object.entries(commands).find(([key]) => key === name)?.[1];
	if (values.help) console.log(USAGE);
	else if (command) await command({ ...values, server });
	else throw new Error(`unknown command ${name}\n\n${USAGE}`);
} catch (error) {
	console.error(describeError(error));
	process.exitCode = 1;
}

function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause ? `\n  because: ${describeError(error.cause)}` : "";
	return `${error.message}${cause}`;
}
