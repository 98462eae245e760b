import { isIP, isIPv4 } from "node:net";
import { accessSettings } from "./access.ts";
import { describeProblem, maskSecret } from "./describe-setting.ts";
import { httpSettings } from "./http.ts";
import { kafkaSettings } from "./kafka.ts";
import type { SettingFacts } from "./setting.ts";

/** Checks that a pattern cannot express. */
const rules = {
	HTTP_TRUSTED_PROXIES: {
		facts: factsOf(httpSettings.HTTP_TRUSTED_PROXIES),
		isRight: (text: string) =>
			text.split(",").every((part) => isNetwork(part.trim())),
	},
	AUTH_JWT_JWKS_URL: {
		facts: factsOf(accessSettings.AUTH_JWT_JWKS_URL),
		isRight: URL.canParse,
	},
	KAFKA_SCHEMA_REGISTRY_URL: {
		facts: factsOf(kafkaSettings.KAFKA_SCHEMA_REGISTRY_URL),
		isRight: URL.canParse,
	},
};

/** Texts that look like addresses but are none, one line each. */
export function findMalformed(
	values: Partial<Record<keyof typeof rules, string>>,
): string[] {
	return Object.entries(rules).flatMap(([name, { facts, isRight }]) => {
		const text = values[name as keyof typeof rules];
		if (text === undefined || isRight(text)) return [];
		const found = `is "${maskSecret(text, facts)}"`;
		return [describeProblem({ name, required: false, facts }, found)];
	});
}

/** An address, or one with the length of a prefix behind it: `10.0.0.0/8`. */
function isNetwork(text: string): boolean {
	const [address = "", prefix, ...rest] = text.split("/");
	if (isIP(address) === 0 || rest.length > 0) return false;
	if (prefix === undefined) return true;
	const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : 0;
	return bits >= 1 && bits <= (isIPv4(address) ? 32 : 128);
}

function factsOf(property: unknown): SettingFacts {
	return property as SettingFacts;
}
