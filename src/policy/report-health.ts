import type { PolicyReports } from "../plans/policy-ports.ts";
import type { OpenedEngine } from "./open-engine.ts";
import type { PolicySettings } from "./policy-settings.ts";

const closed = { state: "closed", failureCount: 0, lastFailureAtMs: null };

/** Reports on the engine of this process; without settings policies are off. */
export function createPolicyReports(
	settings: PolicySettings | null,
	opened: OpenedEngine | undefined,
): PolicyReports {
	if (settings === null || opened === undefined)
		return {
			health: async () => ({
				status: "disabled",
				enabled: false,
				message:
					"not configured: no policy is asked (OPA_ENABLED), and every plan says so in its field policy",
			}),
		};
	const { engine: where, paths, failOpen } = settings;
	const { engine, server } = opened;
	return {
		async health() {
			const error = await engine.ping().then(
				() => undefined,
				(cause: unknown) => (cause as Error).message,
			);
			const circuit = server?.circuit.report() ?? closed;
			const isOpen = circuit.state === "open";
			const { lastFailureAtMs } = circuit;
			return {
				status:
					error !== undefined ? "unhealthy" : isOpen ? "degraded" : "healthy",
				enabled: true,
				engine: engine.name,
				opa_server: where.kind === "server" ? where.url : null,
				circuit_breaker: {
					enabled: where.kind === "server" && where.circuit.enabled,
					state: circuit.state as "closed" | "half-open" | "open",
					failure_count: circuit.failureCount,
					last_failure_time:
						lastFailureAtMs === null
							? null
							: new Date(lastFailureAtMs).toISOString(),
				},
				cache_size: server?.entryCount() ?? 0,
				cache_ttl_seconds:
					where.kind === "server" ? where.cacheTtlMs / 1_000 : 0,
				fail_open: failOpen,
				last_check: new Date().toISOString(),
				policies: {
					resource_limits: paths.resourceLimits,
					sla_enforcement: paths.slaEnforcement,
					feature_flags: paths.featureFlags,
					security_constraints: paths.securityConstraints ?? "disabled",
				},
				...(error !== undefined && { error }),
			};
		},
	};
}
