import assert from "node:assert/strict";
import { test } from "node:test";
import { featureNames } from "../../src/domain/features/feature-arm.ts";
import { configured } from "../support/configured.ts";

const refusalOf = (env: Record<string, string>): string => {
	try {
		configured(env);
		return "";
	} catch (error) {
		return (error as Error).message;
	}
};

test("settings: CANARY_PERCENTAGE is a fraction, and a percentage is refused by name", () => {
	const text = refusalOf({ CANARY_PERCENTAGE: "20" });
	assert.match(
		text,
		/CANARY_PERCENTAGE is "20"; .*a fraction from 0 to 1, not percent/,
	);
	assert.equal(configured({ CANARY_PERCENTAGE: "0.05" }).features.share, 0.05);
});

test("settings: CANARY_FEATURES: empty means none; each is named; one that has no other way here is left out", () => {
	assert.deepEqual(configured({ CANARY_FEATURES: "" }).features.names, []);
	const all = { CANARY_FEATURES: featureNames.join(", "), OPA_HOST: "opa" };
	assert.deepEqual(configured(all).features.names, [...featureNames]);
	const alone = { ...all, TICKETS_ROUTING: "worker", OPA_HOST: "" };
	assert.deepEqual(
		configured({ ...alone, OPA_ENABLED: "false" }).features.names,
		[],
	);
	assert.match(
		refusalOf({ CANARY_FEATURES: "vision" }),
		/binding_routing, embedded_policy/,
	);
});

test("settings: blue-green needs nginx's files and two ports", () => {
	const text = refusalOf({ DEPLOY_MODE: "bluegreen", STAGING_PORT: "8791" });
	assert.match(text, /DEPLOY_UPSTREAM_FILE is not set/);
	assert.match(text, /DEPLOY_NGINX_PID_FILE is not set/);
	assert.match(text, /both 8791/);
	assert.equal(configured({}).deploy.nginx, undefined);
});
