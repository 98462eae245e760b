import { readFile } from "node:fs/promises";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";

/** The text of a file, or of the standard input for `-`. */
export async function readInput(file: string, io: CliIo): Promise<string> {
	if (file !== "-") {
		return await readFile(file, "utf8").catch((cause: Error) => {
			throw new CliError("usage", `cannot read ${file}: ${cause.message}`, {
				remedy: "name a readable file, or - for the standard input",
				cause,
			});
		});
	}
	const pieces: Buffer[] = [];
	for await (const piece of io.stdin) pieces.push(Buffer.from(piece));
	return Buffer.concat(pieces).toString("utf8");
}

/** The same as JSON; says where it is no JSON. The text is sent as it is, so that no number loses digits. */
export async function readJsonInput(file: string, io: CliIo): Promise<string> {
	const text = await readInput(file, io);
	try {
		JSON.parse(text);
		return text;
	} catch (cause) {
		const name = file === "-" ? "the standard input" : file;
		throw new CliError(
			"usage",
			`${name} is not JSON: ${(cause as Error).message}`,
			{ remedy: "hand in a decision or a plan as JSON, see schemas/", cause },
		);
	}
}
