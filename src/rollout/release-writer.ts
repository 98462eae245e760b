import type { ReleaseWriter } from "../../activities/route-release.ts";
import { hasCode } from "../errors.ts";
import { isPanic } from "./panic.ts";
import type { RoutingStore } from "./routing-store.ts";

/** Writes the routing's subject `release`, of which the controller is the only writer. */
export function createReleaseWriter(
	store: Pick<RoutingStore, "readAll" | "change">,
): ReleaseWriter {
	async function write(
		...[body, by]: Parameters<ReleaseWriter["writeRelease"]>
	): Promise<void> {
		const { release } = await store.readAll();
		const expected = release?.revision ?? 0;
		const nowMs = Date.now();
		await store.change({ subject: "release", body, expected, ...by, nowMs });
	}

	return {
		async writeRelease(body, by) {
			try {
				await write(body, by);
			} catch (error) {
				if (!hasCode(error, "ROUTING_CHANGED")) throw error;
				const { release } = await store.readAll();
				// A person has taken all traffic from the candidate meanwhile: that stands.
				if (release !== undefined && isPanic(release)) throw error;
				await write(body, by);
			}
		},
	};
}
