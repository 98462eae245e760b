import type { ApiRoutes } from "../http/server.ts";
import { workerCommandRoutes } from "./command-routes.ts";
import type { WorkerSources } from "./ports.ts";
import { workerRoutes } from "./routes.ts";

/** The operations of workers. */
export function workerApi(sources: WorkerSources): ApiRoutes {
	return async (app) => {
		await app.register(workerRoutes, sources);
		await app.register(workerCommandRoutes, sources);
	};
}
