import { ticketPriorities } from "../../../schemas/execution-ticket.ts";
import { incidentTypes } from "../../../schemas/orchestration-incident.ts";
import { allocationMethods, ticketOutcomes } from "../../domain/documents.ts";
import { counter } from "../declare.ts";
import { bands, taskTypes, versions } from "./label-values.ts";

const orchestrator_version = versions;
const task_type = taskTypes;

/** The tickets of plans, and what became of them. */
export const ticketMetrics = {
	ticketsGenerated: counter(
		"orchestration_tickets_generated_total",
		"C2: tickets generated.",
		{
			task_type,
			risk_band: bands,
			priority: ticketPriorities,
			orchestrator_version,
		},
	),
	resourceAllocations: counter(
		"orchestration_resource_allocations_total",
		"C3: allocations by method; denied: a policy forbade the ticket.",
		{ status: [...allocationMethods, "denied"], orchestrator_version },
	),
	ticketsPublished: counter(
		"orchestration_tickets_published_total",
		"C4: attempts published.",
		{ status: ["published"], task_type, orchestrator_version },
	),
	ticketsCompleted: counter(
		"orchestration_tickets_completed_total",
		"Tickets with a final outcome when C5 ended their plan; after a rerun only those that ran again.",
		{
			status: ticketOutcomes,
			task_type,
			orchestrator_version,
		},
	),
	retries: counter(
		"orchestration_retries_total",
		"Further attempts of a ticket after its first; above the fifth: other.",
		{ task_type, retry_attempt: ["2", "3", "4", "5"], orchestrator_version },
	),
	results: counter(
		"orchestration_results_total",
		"Results workflows were given, by their effect.",
		{
			kind: [
				"applied",
				"duplicate",
				"late",
				"superseded",
				"ignored",
				"early",
				"unknown",
			],
			orchestrator_version,
		},
	),
	incidentsPublished: counter(
		"orchestration_incident_publish_total",
		"Tries to publish an incident.",
		{ incident_type: incidentTypes, status: ["published", "failed"] },
	),
	incidentsRefused: counter(
		"orchestration_incidents_refused_total",
		"Incidents that Kafka will never take; each stands in the log and in its plan.",
		{ orchestrator_version },
	),
};
