/** The areas of the API, in the order of the reference. Every tag of a route is one of these. */
export const areas = [
	{
		name: "Plans",
		description:
			"Approved plans and the workflow each of them is: hand one in, list them, look at one.",
	},
	{
		name: "Tickets",
		description:
			"Execution tickets: one for each task of a plan, found by the id of any attempt.",
	},
	{
		name: "Commands",
		description:
			"What a person or a program may do to a plan that is under way. Every command needs a reason, and stands in the audit trail with the name of who gave it.",
	},
	{
		name: "Approvals",
		description: "Decisions that wait for a person.",
	},
	{
		name: "Deadlines",
		description:
			"Whether plans will be done in time, and what is left of the error budgets.",
	},
	{
		name: "Dead letters",
		description:
			"Messages that could not be handled: why, and how to send them again or discard them.",
	},
	{
		name: "Workers",
		description:
			"The agents that execute tickets: who there is, what they do, and who is held back.",
	},
	{
		name: "Learning",
		description:
			"How long tickets are predicted to run, by which model, and what is learned from those that end.",
	},
	{
		name: "Audit",
		description:
			"Who did what and when, in a chain of hashes that shows every change.",
	},
	{
		name: "Events",
		description: "Changes of plans and tickets as they happen.",
	},
	{
		name: "Policy",
		description: "The policies that plans are judged by.",
	},
	{
		name: "Deploy",
		description: "The versions of the orchestrator that plans run under.",
	},
	{
		name: "Health",
		description:
			"For probes and monitoring: whether the process runs, can work, and how it fares.",
	},
	{
		name: "Reference",
		description: "This document, and the one of the messages on Kafka.",
	},
] as const;
