import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentRegistry } from "../../../src/registry/ports.ts";
import { createRegistrar } from "../../../stack/agents/keep-registered.ts";
import { eventually } from "../../support/eventually.ts";

test("createRegistrar: a registration that fails is tried again long before the next renewal", async (t) => {
	let asked = 0;
	const away: unknown[] = [];
	const registry = {
		async register() {
			asked += 1;
			if (asked === 1) throw new Error("no answer");
			return { registered_at: 0 };
		},
	} as unknown as AgentRegistry;
	const registrar = createRegistrar({
		registry,
		agentId: "a",
		endpoint: "",
		namespace: "default",
		concurrency: 1,
		leaseMs: 600_000,
		facts: () => ({ telemetry: null, metadata: {} }),
		onAway: (error) => away.push(error),
	});
	const stop = new AbortController();
	t.after(() => stop.abort());
	await registrar.renew();
	assert.deepEqual([asked, away.length], [1, 1]);
	void registrar.keep(stop.signal);
	await eventually(() => asked === 2);
	assert.equal(away.length, 1);
});
