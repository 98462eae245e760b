import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import type { Run } from "../run-command.ts";

/** `serve`: the service itself, in this process, exactly as `npm start` runs it. */
export function addServe(program: Command, run: Run): void {
	const serve = program
		.command("serve")
		.description("run the service, configured by the environment and .env");
	addExamples(serve, {
		serve: "all roles in one process",
		config: "what it would run with",
	}).action(
		run(async ({ io, progress }) => {
			progress.stop();
			io.letGo();
			await import("../../main.ts");
			// It ends the process itself, when it has stopped.
			return await new Promise<never>(() => undefined);
		}),
	);
}
