import type { Command } from "commander";
import type { Run } from "../run-command.ts";
import { addPlanCommands } from "./plan-commands.ts";
import { addPlansAudit } from "./plans-audit.ts";
import { addPlansDag } from "./plans-dag.ts";
import { addPlansGet } from "./plans-get.ts";
import { addPlansList } from "./plans-list.ts";
import { addPlansTickets } from "./plans-tickets.ts";
import { addPlansTimeline } from "./plans-timeline.ts";
import { addPlansTrace } from "./plans-trace.ts";
import { addPlansWatch } from "./plans-watch.ts";
import { addPlansWhy } from "./plans-why.ts";

/** `plans …`: reads first, then commands. */
export function addPlans(program: Command, run: Run): void {
	const plans = program.command("plans").description("plans: read and command");
	plans.commandsGroup("Read:");
	addPlansList(plans, run);
	addPlansGet(plans, run);
	addPlansWatch(plans, run);
	addPlansWhy(plans, run);
	addPlansTickets(plans, run);
	addPlansDag(plans, run);
	addPlansTimeline(plans, run);
	addPlansTrace(plans, run);
	addPlansAudit(plans, run);
	plans.commandsGroup("Change (each needs --reason):");
	addPlanCommands(plans, run);
}
