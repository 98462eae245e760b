import type { TestContext } from "node:test";
import {
	type DryRunDeps,
	openDryRunThread,
} from "../../src/wiring/dry-run-in-thread.ts";
import { planSettings } from "./plan-inputs.ts";
import { silentLog } from "./stores.ts";

/** Dry runs in their thread, which ends with the test; the ledger is empty. */
export function openDryRuns(
	t: Pick<TestContext, "after">,
	deps: Partial<DryRunDeps> = {},
) {
	const dryRuns = openDryRunThread({
		policy: null,
		settings: planSettings,
		versions: { v2Enabled: false, v2Percentage: 0 },
		ledger: { readPlan: async () => undefined },
		log: silentLog,
		...deps,
	});
	t.after(async () => await dryRuns.close());
	return dryRuns;
}
