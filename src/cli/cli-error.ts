import type { ExitName } from "./exit-codes.ts";

/** An error for the user: the fault, the remedy and the exit code. */
export class CliError extends Error {
	override readonly name = "CliError";
	readonly exit: ExitName;
	readonly remedy: string | undefined;
	/** Shown with `--json`: the service's problem document, or other known facts. */
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
