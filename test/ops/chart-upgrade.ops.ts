import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { settingNames } from "../../src/config.ts";
import { everything, helm, type Rendered, render } from "./chart.ts";

test("chart: every setting that chart 0.1.0 took is still taken: its values fit", () => {
	const file = path.join(import.meta.dirname, "chart-0.1.0-settings.txt");
	const names = readFileSync(file, "utf8").trim().split("\n");
	assert.ok(names.length > 200);
	assert.deepEqual(
		names.filter((name) => !settingNames.has(name)),
		[],
	);
});

test("chart: an upgrade from 0.1.0 finds every object under its name, with what Kubernetes lets nobody change", {
	skip: helm.missing,
}, () => {
	const kept = render(everything).map(identify);
	for (const role of ["api", "intake", "worker", "registry"]) {
		const selector = {
			"app.kubernetes.io/name": "orchestrator-dynamic",
			"app.kubernetes.io/instance": "orchestrator",
			"app.kubernetes.io/component": role,
		};
		const isHeadless = role === "intake" || role === "worker";
		for (const one of [
			{ kind: "Deployment", selector },
			{ kind: "PodDisruptionBudget", selector },
			{ kind: "Service", clusterIP: isHeadless ? "None" : undefined },
		])
			assert.deepEqual(
				kept.find(
					({ kind, name }) =>
						kind === one.kind && name === `orchestrator-${role}`,
				),
				{
					...{ name: `orchestrator-${role}`, selector: undefined },
					...{ clusterIP: undefined, ...one },
				},
				`${one.kind} of ${role}`,
			);
	}
	assert.ok(kept.some(({ kind }) => kind === "ServiceAccount"));
});

/** A selector of pods and the lack of an address are given once, at the first installation. */
function identify({ kind, metadata, spec }: Rendered) {
	const { selector, clusterIP } = (spec ?? {}) as {
		selector?: { matchLabels?: object };
		clusterIP?: string;
	};
	return {
		kind,
		name: metadata.name,
		selector: selector?.matchLabels,
		clusterIP,
	};
}
