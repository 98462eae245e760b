import {
	createCloseOpenTickets,
	createReadLastWords,
	createReadStoredPlan,
	createSummarizeTickets,
} from "./close-ended-plan.ts";
import {
	createDispatchTickets,
	type DispatchTicketsDeps,
} from "./dispatch-tickets.ts";
import { createDrainTelemetry, type FrameBuffer } from "./drain-telemetry.ts";
import { createEndPlan } from "./end-plan.ts";
import { createEvaluatePolicy } from "./evaluate-policy.ts";
import {
	type ApprovalRequestPublisher,
	createPublishApprovalRequest,
} from "./publish-approval-request.ts";
import {
	createPublishIncident,
	type PublishIncidentDeps,
} from "./publish-incident.ts";
import {
	createPublishTelemetry,
	type FramePublisher,
} from "./publish-telemetry.ts";
import { createPurgeExpired, type PurgeDeps } from "./purge-records.ts";
import { createReadLedger, type PlanLedger } from "./read-ledger.ts";
import { createRecordOutcome } from "./record-outcome.ts";
import {
	createFindDeadLetters,
	createRedriveDeadLetters,
	type DeadLetterLedger,
	type LetterSender,
} from "./redrive-dead-letters.ts";
import {
	createExaminePlans,
	createFindQuietPlans,
	createKeepOrphanReport,
	type OrphanDeps,
} from "./watch-orphans.ts";
import {
	createWriteDocuments,
	type DocumentWriter,
} from "./write-documents.ts";

export interface ActivityDeps
	extends PublishIncidentDeps,
		DispatchTicketsDeps,
		OrphanDeps,
		PurgeDeps {
	runs: OrphanDeps["runs"] & PurgeDeps["runs"];
	documents: DocumentWriter;
	ledger: PlanLedger;
	frames: FramePublisher;
	buffer: FrameBuffer;
	approvals: ApprovalRequestPublisher;
	deadLetters: DeadLetterLedger;
	letterSender: LetterSender;
}

/** Everything a plan's workflow may ask of the world, as the one object the Temporal worker wants. */
export function createActivities(deps: ActivityDeps) {
	return {
		readLedger: createReadLedger(deps),
		evaluatePolicy: createEvaluatePolicy(deps),
		dispatchTickets: createDispatchTickets(deps),
		writeDocuments: createWriteDocuments(deps),
		publishIncident: createPublishIncident(deps),
		publishApprovalRequest: createPublishApprovalRequest(deps),
		publishTelemetry: createPublishTelemetry(deps),
		endPlan: createEndPlan(deps),
		drainTelemetry: createDrainTelemetry(deps),
		findDeadLetters: createFindDeadLetters(deps),
		redriveDeadLetters: createRedriveDeadLetters(deps),
		findQuietPlans: createFindQuietPlans(deps),
		examinePlans: createExaminePlans(deps),
		keepOrphanReport: createKeepOrphanReport(deps),
		readLastWords: createReadLastWords(deps),
		readStoredPlan: createReadStoredPlan(deps),
		recordOutcome: createRecordOutcome(deps),
		purgeExpired: createPurgeExpired(deps),
		summarizeTickets: createSummarizeTickets(deps),
		closeOpenTickets: createCloseOpenTickets(deps),
	};
}

export type Activities = ReturnType<typeof createActivities>;
