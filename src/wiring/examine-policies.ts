import type { Config } from "../config.ts";
import { failed, ok } from "../doctor/check.ts";
import type { Examination } from "../doctor/run-doctor.ts";
import { openEngine } from "../policy/open-engine.ts";

/** Asks whether anybody decides: the OPA server, where there is one, else the embedded policies. */
export function examinePolicies({ policy }: Config): Examination[] {
	if (policy === null) return [];
	const { engine: where } = policy;
	const name = "policies";
	return [
		{
			name,
			async look() {
				const { engine } = await openEngine(where);
				const fault = await engine.ping().catch((error: Error) => error);
				if (fault !== undefined)
					return [
						failed(
							name,
							fault.message,
							"start the OPA server that OPA_HOST and OPA_PORT name; without OPA_HOST the policies of the service are used, which need no server",
						),
					];
				return [
					where.kind === "server"
						? ok(name, `the OPA server at ${where.url} answers`)
						: ok(name, "they are embedded, and can be evaluated"),
				];
			},
		},
	];
}
