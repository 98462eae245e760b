import type {
	AgentInfo,
	AgentTelemetry,
	RegisteredAgent,
} from "../domain/registry/agent.ts";
import { judgeAgent } from "../domain/registry/judge-agent.ts";

/** What is written once, when an agent registers. */
export type StoredRegistration = Omit<
	RegisteredAgent,
	"telemetry" | "last_seen"
>;

/** What is written with every heartbeat. */
export interface StoredBeat {
	/** Unix epoch ms. */
	last_seen: number;
	telemetry: AgentTelemetry | null;
	metadata: Readonly<Record<string, string>>;
}

/** The texts that Redis has of one agent. */
export interface StoredAgent {
	leaseEndsAtMs: number;
	registration: string | null;
	beat: string | null;
	notice: string | null;
}

/** undefined when the texts are no agent: anybody can write to Redis. */
export function readStoredAgent(
	{ leaseEndsAtMs, registration, beat, notice }: StoredAgent,
	nowMs: number,
): AgentInfo | undefined {
	const said = parse<StoredRegistration>(registration);
	const last = parse<StoredBeat>(beat);
	if (typeof said?.agent_id !== "string") return undefined;
	if (!Array.isArray(said.capabilities)) return undefined;
	const { last_seen = said.registered_at, telemetry = null } = last ?? {};
	return {
		...said,
		metadata: {
			...said.metadata,
			...last?.metadata,
			...parse<Record<string, string>>(notice),
		},
		telemetry,
		last_seen,
		status: judgeAgent({ telemetry, last_seen }, leaseEndsAtMs, nowMs),
	};
}

function parse<T>(text: string | null): T | undefined {
	try {
		return (JSON.parse(text ?? "null") as T | null) ?? undefined;
	} catch {
		return undefined;
	}
}
