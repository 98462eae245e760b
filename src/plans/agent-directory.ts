/** A worker agent that announced itself and whose lease has not run out. */
export interface KnownAgent {
	agent_id: string;
	capabilities: readonly string[];
}

export interface AgentDirectory {
	/** In a stable order. Throws CACHE_UNAVAILABLE when nobody can be asked. */
	listAgents(): Promise<readonly KnownAgent[]>;
}
