import path from "node:path";
import { parseArgs } from "node:util";
import { down } from "./commands/down.ts";
import { env } from "./commands/env.ts";
import { logs } from "./commands/logs.ts";
import { reset } from "./commands/reset.ts";
import { findStack } from "./commands/running-stack.ts";
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
--directory DIR                   another stack than .stack/dev; status, env and logs find the one
                                  that runs, such as the demo's (npm run demo -- --keep)`;

const commands = { up, down, status, logs, env, reset };

try {
	const { values, positionals } = parseArgs({
		allowPositionals: true,
		options: {
			only: { type: "string" },
			directory: { type: "string" },
			json: { type: "boolean", default: false },
			follow: { type: "boolean", default: false },
			help: { type: "boolean", default: false },
		},
	});
	const [name = "up", server] = positionals;
	const command = Object.entries(commands).find(([key]) => key === name)?.[1];
	if (values.help) console.log(USAGE);
	else if (command) {
		const directory = values.directory ?? directoryFor(name);
		await command({ ...values, directory, server });
	} else throw new Error(`unknown command ${name}\n\n${USAGE}`);
} catch (error) {
	console.error(describeError(error));
	process.exitCode = 1;
}

/** What only looks takes the stack that runs; what starts or ends one is about ours alone. */
function directoryFor(command: string): string {
	if (!["status", "env", "logs"].includes(command)) return developmentDirectory;
	const directory = findStack();
	if (directory !== developmentDirectory) {
		console.error(`the stack in ${path.relative(process.cwd(), directory)}`);
	}
	return directory;
}

function describeError(error: unknown): string {
	if (!(error instanceof Error)) return String(error);
	const cause = error.cause ? `\n  because: ${describeError(error.cause)}` : "";
	return `${error.message}${cause}`;
}
