import type { ReleaseWriter } from "../../activities/route-release.ts";
import { OrchestratorError } from "../errors.ts";
import { isPanic } from "./panic.ts";
import { type RoutingStore, updateRouting } from "./routing-store.ts";

/** Writes the routing's subject `release`, of which the controller is the only writer. */
export function createReleaseWriter(
	store: Pick<RoutingStore, "readAll" | "change">,
): ReleaseWriter {
	return {
		async writeRelease(body, by) {
			await updateRouting(store, "release", (found, isAgain) => {
				// A person has taken all traffic from the candidate meanwhile: that stands.
				if (isAgain && found !== undefined && isPanic(found))
					throw new OrchestratorError(
						"ROUTING_CHANGED",
						`${found.actor} has taken all traffic from ${body.candidate_build}: ${found.reason}`,
					);
				return { body, ...by };
			});
		},
	};
}
