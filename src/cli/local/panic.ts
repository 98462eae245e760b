import { Client, Connection } from "@temporalio/client";
import { createRolloutEngine } from "../../rollout/engine.ts";
import {
	type PanicAnswer,
	type PanicRequest,
	panicNow,
} from "../../rollout/panic.ts";
import { createRoutingStore } from "../../rollout/routing-store.ts";
import { createMongo } from "../../storage/mongo.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { connectionOptions } from "../../temporal/connection-options.ts";
import { createTemporalCalls } from "../../temporal/temporal-calls.ts";
import { CliError } from "../cli-error.ts";
import type { CommandContext } from "../run-command.ts";
import { loadDirect, silentLog } from "./load-direct.ts";

/** Takes all traffic from a candidate by this machine's settings; neither the API nor the controller is needed. */
export async function panicHere(
	{ io }: CommandContext,
	request: Omit<PanicRequest, "deployment"> & { deployment?: string },
): Promise<PanicAnswer> {
	const config = loadDirect(io);
	const { namespace, taskQueue } = config.temporal;
	const deployment = request.deployment ?? config.temporal.deployment;
	if (deployment === undefined)
		throw new CliError("usage", "there is no deployment", {
			remedy: "name it, or set WORKER_DEPLOYMENT_NAME",
		});
	const connection = Connection.lazy(connectionOptions(config.temporal));
	const client = new Client({ connection, namespace });
	const mongo = createMongo(config.mongodb, {
		log: silentLog,
		metrics: createMetrics(),
	});
	try {
		const engine = createRolloutEngine({
			calls: createTemporalCalls({ client: () => client }),
			taskQueue,
			run: { settings: config.plan, versions: config.versions },
		});
		const routing = createRoutingStore(mongo);
		return await panicNow({ engine, routing }, { ...request, deployment });
	} finally {
		await mongo.close();
		await connection.close();
	}
}
