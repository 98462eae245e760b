import { ApplicationFailure } from "@temporalio/workflow";
import { commandHash } from "../src/domain/plan-commands.ts";
import {
	COMMAND_UNCHANGED,
	type CommandAnswer,
	type PlanCommand,
	type PlanCommandName,
} from "../src/domain/plan-run.ts";
import { mapPriority } from "../src/domain/wire-words.ts";
import type { PlanRun } from "./plan-run.ts";

/**
 * The answer to a command that would change nothing, as a refusal: what is refused leaves no event, and a
 * run has room for 2,000 updates. undefined when it changes something.
 */
export function unchanged(
	{ facts, identity }: PlanRun,
	name: PlanCommandName,
	command: PlanCommand,
): ApplicationFailure | undefined {
	if (name !== "priority") return undefined;
	const { value } = mapPriority(command.priority);
	const newest = facts.commands.findLast(({ command }) => command === name);
	if (facts.priority !== value || newest?.details.priority !== value)
		return undefined;
	const answer: CommandAnswer = {
		plan_id: identity.plan_id,
		status: facts.status,
		command_id: newest.id,
		outcome: `tickets go out with priority ${value} already: nothing was changed`,
		details: newest.details,
		command_hash: commandHash(name, command),
	};
	return ApplicationFailure.create({
		message: answer.outcome,
		type: COMMAND_UNCHANGED,
		nonRetryable: true,
		details: [answer],
	});
}
