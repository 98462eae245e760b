import { agentCapabilities } from "../stack/agents/keep-registered.ts";

/** Not one of the agents', so a policy denies it. */
export const FORBIDDEN_CAPABILITY = "production-database";

/** Small times, so that a retry and a compensation are seen within seconds. */
export const serviceSettings: Readonly<Record<string, string>> = {
	ENVIRONMENT: "demo",
	ROLES: "api,intake,worker",
	TICKET_RETRY_BACKOFF_MS: "300",
	TICKET_QUEUE_ALLOWANCE_MS: "20000",
	TICKET_WORKER_BACKOFF_MS: "0",
	SLA_TICKET_MIN_TIMEOUT_MS: "5000",
	RESULT_RETRY_DELAY_MS: "1000",
	TELEMETRY_DRAIN_INTERVAL_MS: "5000",
	SLA_CHECK_INTERVAL_SECONDS: "1",
	OPA_ALLOWED_CAPABILITIES: agentCapabilities.join(","),
};

export const AGENT_COUNT = 4;

/** After this long the demo shows how far it came and fails. */
export const PLANS_TIMEOUT_MS = 90_000;
