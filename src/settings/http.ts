import { Type } from "typebox";
import { count, durationMs } from "./setting.ts";

const origin = "https?://[^\\s,/]+";

/** The API. */
export const httpSettings = {
	HTTP_HOST: Type.String({
		default: "127.0.0.1",
		description:
			"Address the API listens on; reachable from outside only when set, in a container to 0.0.0.0",
		example: "0.0.0.0",
	}),
	HTTP_PORT: Type.Integer({
		minimum: 0,
		maximum: 65_535,
		default: 8080,
		description: "Port of the API; 0 takes a free one",
		example: "8080",
	}),
	HTTP_RATE_LIMIT: count(
		6_000,
		100_000_000,
		"Requests one caller may make within HTTP_RATE_LIMIT_WINDOW_MS to one process; 0: any number",
		0,
	),
	HTTP_RATE_LIMIT_WINDOW_MS: durationMs(
		60_000,
		"Time over which requests are counted",
	),
	HTTP_BODIES_MAX_BYTES: count(
		67_108_864,
		17_179_869_184,
		"Bytes of the bodies of all requests under way that one process holds, from the first byte to the answer; one caller may have half of it, and more is refused",
		8_388_608,
	),
	EVENT_READERS_MAX: count(
		200,
		10_000,
		"Readers that may follow GET /events of one process at the same time",
	),
	EVENT_READERS_PER_CALLER_MAX: count(
		20,
		10_000,
		"How many of EVENT_READERS_MAX one caller may be in one role; nameless callers are told apart by their address",
	),
	HTTP_CORS_ORIGINS: Type.Optional(
		Type.String({
			pattern: `^${origin}(\\s*,\\s*${origin})*$`,
			rule: "origins such as https://host:port, several separated by commas",
			description:
				"Web pages of these origins may call the API; without it no other page may",
			example: "https://console.example.com",
		}),
	),
	HTTP_TRUSTED_PROXIES: Type.Optional(
		Type.String({
			pattern: "^[0-9a-fA-F.:/]+(\\s*,\\s*[0-9a-fA-F.:/]+)*$",
			rule: "addresses or networks, several separated by commas",
			description:
				"Proxies whose X-Forwarded-For is believed; without it the peer is the caller",
			example: "10.0.0.0/8",
		}),
	),
};
