import { setWorkflowOptions } from "@temporalio/workflow";
import { buildOfTask } from "./build-of-task.ts";
import { closeEndedPlan } from "./close-ended-plan.ts";
import { drainTelemetryBuffer } from "./drain-telemetry-buffer.ts";
import { purgeRecords } from "./purge-records.ts";
import {
	recordApprovalAnswer,
	recordApprovalAnswers,
	recordDecision,
} from "./record-documents.ts";
import { redriveDeadLetters } from "./redrive-dead-letters.ts";
import { trainModels } from "./train-models.ts";
import { watchOrphans } from "./watch-orphans.ts";

// Plans stay on the build that began them (src/temporal/worker.ts). These go to the current build with their next task:
// nobody triages them after a rollback, and a watch that a broken candidate held would watch no more. They are short,
// and their histories are replayed by the next build (test/histories).
const shortWorkflows: ((...args: never[]) => Promise<unknown>)[] = [
	closeEndedPlan,
	drainTelemetryBuffer,
	purgeRecords,
	recordApprovalAnswer,
	recordApprovalAnswers,
	recordDecision,
	redriveDeadLetters,
	trainModels,
	watchOrphans,
];

for (const short of shortWorkflows)
	setWorkflowOptions(
		// The server takes no behaviour from a worker without a version.
		() =>
			buildOfTask() === undefined ? {} : { versioningBehavior: "AUTO_UPGRADE" },
		short,
	);
