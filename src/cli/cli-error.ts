import type { ExitName } from "./exit-codes.ts";

/** Something the user must hear of: what happened, what to do, and how the program ends. */
export class CliError extends Error {
	override readonly name = "CliError";
	readonly exit: ExitName;
	readonly remedy: string | undefined;
	/** Shown with `--json`: the service's problem document, or what else is known. */
	readonly details: Readonly<Record<string, unknown>>;

	constructor(
		exit: ExitName,
		message: string,
		{
			remedy,
			cause,
			...details
		}: { remedy?: string | undefined; cause?: unknown } & Record<
			string,
			unknown
		> = {},
	) {
		super(message, { cause });
		this.exit = exit;
		this.remedy = remedy;
		this.details = details;
	}
}
