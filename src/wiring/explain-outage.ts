import type { Config } from "../config.ts";
import { explainFault, type Fault } from "../doctor/explain-fault.ts";
import type { TlsAreaName } from "../settings/tls-areas.ts";
import { reachHttp2 } from "../temporal/reach-http2.ts";
import { serverNames } from "./server-names.ts";

/** Explains a server's failure and names the setting to correct, for the log. Never throws. */
export async function explainOutage(
	config: Config,
	server: TlsAreaName,
	error: unknown,
): Promise<Fault> {
	const cause = server === "temporal" ? await askAgain(config, error) : error;
	return explainFault(cause, serverNames(config)[server]);
}

/** gRPC reports most failures as a passed deadline. */
async function askAgain(config: Config, error: unknown): Promise<unknown> {
	try {
		await reachHttp2(config.temporal);
		return error;
	} catch (cause) {
		return cause;
	}
}
