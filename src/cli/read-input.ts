import { readFile } from "node:fs/promises";
import { decodeText, parseJson } from "../domain/parse-json.ts";
import { CliError } from "./cli-error.ts";
import type { CliIo } from "./cli-io.ts";

/** The text of a file, or of the standard input for `-`. A byte-order mark is left out. */
export async function readInput(file: string, io: CliIo): Promise<string> {
	try {
		const bytes = file === "-" ? await readAll(io) : await readFile(file);
		return decodeText(bytes);
	} catch (cause) {
		const why = (cause as Error).message;
		throw new CliError("usage", `cannot read ${nameOf(file)}: ${why}`, {
			remedy:
				"name a readable file with text in UTF-8, or - for the standard input",
			cause,
		});
	}
}

async function readAll({ stdin }: CliIo): Promise<Buffer> {
	const pieces: Buffer[] = [];
	for await (const piece of stdin) pieces.push(Buffer.from(piece));
	return Buffer.concat(pieces);
}

function nameOf(file: string): string {
	return file === "-" ? "the standard input" : file;
}

/** The same as JSON; says where it is no JSON. The text is sent as it is, so that no number loses digits. */
export async function readJsonInput(file: string, io: CliIo): Promise<string> {
	const text = await readInput(file, io);
	try {
		parseJson(text);
		return text;
	} catch (cause) {
		throw new CliError(
			"usage",
			`${nameOf(file)} is not JSON: ${(cause as Error).message}`,
			{ remedy: "hand in a decision or a plan as JSON, see schemas/", cause },
		);
	}
}
