import type { TestContext } from "node:test";
import {
	openRehearsals,
	type RehearsalDeps,
} from "../../src/wiring/rehearse-in-thread.ts";
import { planSettings } from "./plan-inputs.ts";
import { silentLog } from "./stores.ts";

/** Dry runs in their thread, which ends with the test; the ledger is empty. */
export function openDryRuns(
	t: Pick<TestContext, "after">,
	deps: Partial<RehearsalDeps> = {},
) {
	const rehearsal = openRehearsals({
		settings: planSettings,
		versions: { v2Enabled: false, v2Percentage: 0 },
		ledger: { readPlan: async () => undefined },
		log: silentLog,
		...deps,
	});
	t.after(async () => await rehearsal.close());
	return rehearsal;
}
