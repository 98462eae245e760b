import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, test } from "node:test";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import { buildDecision, buildPlan } from "../../demo/decisions.ts";
import { chain } from "../../demo/shapes.ts";
import { newPlanId, openServiceWorld } from "./support/service-world.ts";

const { privateKey } = generateKeyPairSync("ed25519");
const world = await openServiceWorld(
	{ after },
	{
		env: {
			TICKET_JWT_ENABLED: "true",
			TICKET_JWT_KEYS: String(
				privateKey.export({ type: "pkcs8", format: "pem" }),
			),
		},
		agents: { durationMs: 3_000 },
	},
);

async function send(method: string, path: string, body?: object) {
	const response = await fetch(`${world.address()}${path}`, {
		method,
		...(body && {
			headers: { "content-type": "application/json" },
			body: JSON.stringify(body),
		}),
	});
	return { status: response.status, body: await response.json() };
}
const introspect = async (token: string) =>
	(await send("POST", "/api/v1/ticket-tokens/introspect", { token })).body as {
		active: boolean;
		jti?: string;
	};

test("ticket tokens: each attempt has its own in a header; it is good until its attempt ends, and shown to nobody else", async () => {
	const plan_id = newPlanId("jwt");
	await world.publish(buildDecision(buildPlan({ plan_id, tasks: chain(2) })));
	const [first] = await world.eventually(async () => {
		const found = world.recordsOf("tickets", plan_id);
		return found.length > 0 && found;
	});
	const token = first?.headers["ticket-token"] ?? "";
	const { body: keys } = await send("GET", "/.well-known/jwks.json");
	const { payload } = await jwtVerify(
		token,
		createLocalJWKSet(keys as JSONWebKeySet),
		{ issuer: "orchestrator-dynamic", audience: "worker-agents" },
	);
	assert.equal(payload.jti, first?.body.ticket_id);
	assert.equal(payload.plan_id, plan_id);
	assert.equal((await introspect(token)).jti, payload.jti);
	assert.deepEqual(await introspect(`${token}x`), { active: false });

	const claim = { status: "COMPLETED", agent_id: "impostor" };
	const path = `/api/v1/tickets/${first?.body.ticket_id}/status`;
	assert.equal((await send("PATCH", path, claim)).status, 403);

	assert.equal((await world.finalPlan(plan_id)).status, "SUCCESS");
	assert.deepEqual(await introspect(token), { active: false });
	const tokens = world
		.recordsOf("tickets", plan_id)
		.map(({ headers }) => headers["ticket-token"] ?? "");
	assert.equal(new Set(tokens).size, 2);
	const texts = [world.log()];
	for (const name of await world.collections())
		texts.push(JSON.stringify(await world.documents(name, {})));
	for (const text of texts)
		for (const one of tokens) assert.ok(!text.includes(one));
});
