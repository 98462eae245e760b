import type { ApiRoutes } from "../http/server.ts";
import { deadLetterCommandRoutes } from "./command-routes.ts";
import type { DeadLetterSources } from "./ports.ts";
import { redriveRoutes } from "./redrive-routes.ts";
import { deadLetterRoutes } from "./routes.ts";

/** The operations of dead letters. */
export function deadLetterApi(sources: DeadLetterSources): ApiRoutes {
	return async (app) => {
		await app.register(deadLetterRoutes, sources);
		await app.register(deadLetterCommandRoutes, sources);
		await app.register(redriveRoutes, sources);
	};
}
