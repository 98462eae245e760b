import type { Command } from "commander";
import { addExamples } from "./examples.ts";
import { renderTopics, type TopicsReport } from "./render/topics.ts";
import { answer, type Run } from "./run-command.ts";

/** `topics check` and `topics apply`: straight to Kafka. */
export function addTopics(program: Command, run: Run): void {
	const topics = program
		.command("topics")
		.description("the service's Kafka topics, directly");
	addExamples(topics.command("check"), {
		"topics check": "exit 1 if one is missing",
	})
		.description("compare the topics with what the service wants")
		.action(
			run(async (context) => {
				const { reportTopics } = await import("./local/topics.ts");
				return show(await reportTopics(context));
			}),
		);
	addExamples(topics.command("apply"), {
		"topics apply": "before the first start, with an account that may create",
	})
		.description("create missing topics; the others stay as they are")
		.action(
			run(async (context) => {
				const { applyTopics } = await import("./local/topics.ts");
				return show(await applyTopics(context));
			}),
		);
}

function show(report: TopicsReport) {
	const isComplete = report.topics.every(({ state }) => state !== "missing");
	return answer(report, renderTopics, isComplete ? "ok" : "failed");
}
