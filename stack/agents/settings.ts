import type { SimulationSettings } from "./choose-behaviour.ts";

/** How agents behave; every field has a default that suits trying things out. */
export interface AgentSettings extends SimulationSettings {
	/** Executions of one agent at the same time. */
	concurrency: number;
	/** Chance that an agent crashes on a ticket it has begun; on each ticket at most once. 0 to 1. */
	crashRatio: number;
	/** Time a crashed agent is away. */
	crashDowntimeMs: number;
	/** Say RUNNING when the execution begins. */
	reportRunning: boolean;
	/** Executions inside one attempt beyond the first; `sla` takes `sla.max_retries` of the ticket, as agents in the field do. */
	retries: number | "sla";
	/** Ask for dependencies under V2 too, where they are done before a ticket is published. */
	alwaysWait: boolean;
	/** First and longest interval between two questions about one dependency. */
	pollMs: number;
	pollMaxMs: number;
	/** How long a dependency is waited for. */
	dependencyWaitMaxMs: number;
	/** Where they register: tickets that name another namespace are not given to them. */
	namespace: string;
	/** Lease in the worker registry; renewed three times as often. A registry with an address sets its length itself. */
	leaseMs: number;
	/** Time a stopping agent has to finish what it executes. */
	graceMs: number;
}

export const defaultAgentSettings: AgentSettings = {
	durationMs: { min: 50, max: 250 },
	failureRatio: 0,
	slowdown: 1,
	concurrency: 10,
	crashRatio: 0,
	crashDowntimeMs: 2_000,
	reportRunning: true,
	retries: 0,
	alwaysWait: false,
	pollMs: 50,
	pollMaxMs: 5_000,
	dependencyWaitMaxMs: 4 * 3_600_000,
	namespace: "default",
	leaseMs: 15_000,
	graceMs: 10_000,
};
