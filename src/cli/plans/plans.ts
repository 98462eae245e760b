import type { Command } from "commander";
import type { Run } from "../run-command.ts";
import { addPlansApprove } from "./plans-approve.ts";
import { addPlansAudit } from "./plans-audit.ts";
import { addPlansCancel } from "./plans-cancel.ts";
import { addPlansDag } from "./plans-dag.ts";
import { addPlansGet } from "./plans-get.ts";
import { addPlansList } from "./plans-list.ts";
import { addPlansPause } from "./plans-pause.ts";
import { addPlansPriority } from "./plans-priority.ts";
import { addPlansReject } from "./plans-reject.ts";
import { addPlansRerun } from "./plans-rerun.ts";
import { addPlansResume } from "./plans-resume.ts";
import { addPlansTickets } from "./plans-tickets.ts";
import { addPlansTimeline } from "./plans-timeline.ts";
import { addPlansWatch } from "./plans-watch.ts";
import { addPlansWhy } from "./plans-why.ts";

/** `plans …`: reads first, then what changes something. */
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
	addPlansAudit(plans, run);
	plans.commandsGroup("Change (each needs --reason):");
	addPlansCancel(plans, run);
	addPlansPause(plans, run);
	addPlansResume(plans, run);
	addPlansApprove(plans, run);
	addPlansReject(plans, run);
	addPlansRerun(plans, run);
	addPlansPriority(plans, run);
}
