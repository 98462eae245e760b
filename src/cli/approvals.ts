import { type Command, Option } from "commander";
import { addExamples } from "./examples.ts";
import { readCount } from "./read-options.ts";
import {
	type ApprovalPage,
	renderPending,
	renderUnmatched,
} from "./render/approvals.ts";
import { answer, type Run } from "./run-command.ts";

interface ApprovalOptions {
	state: "pending" | "unmatched";
	limit: number;
	cursor?: string;
}

/** `approvals list`. */
export function addApprovals(program: Command, run: Run): void {
	const approvals = program
		.command("approvals")
		.description("plans that wait for a person");
	const list = approvals
		.command("list")
		.description("what waits for a decision, the longest wait first")
		.addOption(
			new Option(
				"--state <state>",
				"pending, or unmatched: answers that no plan waited for",
			)
				.choices(["pending", "unmatched"])
				.default("pending"),
		)
		.option("--limit <count>", "entries a page", readCount, 50)
		.option("--cursor <cursor>", "where the page before ended");
	addExamples(list, {
		"approvals list": "what to look at; plans approve and plans reject decide",
		"approvals list --state unmatched":
			"answers on Kafka that came too late, or for another plan",
	}).action(
		run<ApprovalOptions>(async ({ api }, { state, limit, cursor }) => {
			const query = { state, limit, cursor };
			const page = await api.get<ApprovalPage>("/api/v1/approvals", query);
			return answer(
				page,
				state === "pending" ? renderPending : renderUnmatched,
			);
		}),
	);
}
