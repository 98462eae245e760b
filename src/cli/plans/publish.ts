import type { Command } from "commander";
import { addExamples } from "../examples.ts";
import { renderPublished } from "../render/published.ts";
import { answer, type Run } from "../run-command.ts";

/** `publish <file>`: to Kafka, as the consensus engine does; `submit` hands the same to the service. */
export function addPublish(program: Command, run: Run): void {
	const publish = program
		.command("publish")
		.description(
			"put a consolidated decision or a bare plan on plans.consensus, as the consensus engine does",
		)
		.argument("<file>", "JSON; - for the standard input");
	addExamples(publish, {
		"publish plan.json": "straight to Kafka, by the KAFKA_ settings",
		"publish - < decision.json && orchestrator plans watch deploy-42":
			"and follow what becomes of it",
	}).action(
		run(async (context, _options: object, [file = ""]) => {
			const { publishHere } = await import("../local/publish.ts");
			return answer(await publishHere(context, file), renderPublished);
		}),
	);
}
