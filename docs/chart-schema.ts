import { type TSchema, Type } from "typebox";
import { settingsSchema } from "../src/config-schema.ts";
import { settingFacts } from "../src/settings/describe-setting.ts";
import { roles } from "../src/settings/service.ts";

/** Set by the chart: which part a process runs is the Deployment's name, and there is no file of settings. */
export const chartOwnSettings = ["ROLES", "ENV_FILE"];
/** Without these no role can work; MONGODB_URI, which is needed too, is mostly a secret. */
const needed = [
	...["TEMPORAL_HOST", "KAFKA_BOOTSTRAP_SERVERS", "REDIS_CLUSTER_NODES"],
	"AUTH_MODE",
];

const closed = { additionalProperties: false };
const text = Type.String({ minLength: 1 });
const name = Type.String({ pattern: "^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$" });
const labels = Type.Record(Type.String(), Type.String());
const peers = Type.Array(Type.Object({}, { minProperties: 1 }));
const quantities = Type.Record(
	Type.String(),
	Type.Union([Type.String(), Type.Number()]),
);
const resources = Type.Object(
	{
		requests: Type.Optional(quantities),
		limits: Type.Optional(quantities),
	},
	closed,
);
const secretKey = Type.Object({ secret: name, key: text }, closed);
const config = Type.Unsafe({ $ref: "#/definitions/config" });
const secrets = Type.Unsafe({ $ref: "#/definitions/secrets" });

/** `values.schema.json` of the chart, in which an unknown key is an error: of settings, by their own rules. */
export function chartSchema(): object {
	return {
		$schema: "http://json-schema.org/draft-07/schema#",
		description:
			"Made by `npm run docs` from docs/chart-schema.ts and the settings of src/config-schema.ts; do not edit.",
		definitions: {
			config: Type.Object(settingProperties(), closed),
			secrets: Type.Object(secretProperties(), closed),
		},
		...Type.Object(
			{
				/** What Helm adds. */
				global: Type.Optional(Type.Object({})),
				image: Type.Object(
					{
						repository: text,
						tag: Type.String(),
						digest: Type.String({ pattern: "^(sha256:[0-9a-f]{64})?$" }),
						pullPolicy: Type.Enum(["Always", "IfNotPresent", "Never"]),
						pullSecrets: Type.Array(name),
					},
					closed,
				),
				config: Type.Unsafe({ allOf: [config], required: needed }),
				secrets,
				mounts: Type.Array(
					Type.Union([
						Type.Object({ name, path: text, secret: name }, closed),
						Type.Object({ name, path: text, configMap: name }, closed),
					]),
				),
				roles: Type.Object(
					Object.fromEntries(roles.map((role) => [role, roleSchema(role)])),
					closed,
				),
				opa: Type.Object(
					{ enabled: Type.Boolean(), image: text, resources },
					closed,
				),
				scheduling: Type.Object(
					{
						whenUnsatisfiable: Type.Enum(["ScheduleAnyway", "DoNotSchedule"]),
						nodeSelector: labels,
						tolerations: Type.Array(Type.Object({})),
						priorityClassName: Type.String(),
					},
					closed,
				),
				podAnnotations: labels,
				keda: Type.Object({ authentication: Type.String() }, closed),
				networkPolicy: Type.Object(
					{
						enabled: Type.Boolean(),
						callers: peers,
						scrapers: peers,
						egressPorts: Type.Array(
							Type.Integer({ minimum: 1, maximum: 65_535 }),
							{ minItems: 1 },
						),
					},
					closed,
				),
				monitoring: Type.Object(
					{
						serviceMonitor: Type.Object(
							{
								enabled: Type.Boolean(),
								interval: Type.String({ pattern: "^[0-9]+(ms|s|m)$" }),
								labels,
								token: Type.Union([Type.Object({}, closed), secretKey]),
							},
							closed,
						),
						rules: Type.Object({ enabled: Type.Boolean(), labels }, closed),
						dashboards: Type.Object(
							{ enabled: Type.Boolean(), labels },
							closed,
						),
						runbookUrl: text,
					},
					closed,
				),
			},
			closed,
		),
	};
}

/** Events to scale by exist for what works off a queue. */
function roleSchema(role: string): TSchema {
	const by = ["intake", "worker"].includes(role)
		? ["none", "cpu", "events"]
		: ["none", "cpu"];
	const replicas = Type.Integer({ minimum: 1, maximum: 1_000 });
	return Type.Object(
		{
			enabled: Type.Boolean(),
			replicas,
			scaling: Type.Object(
				{
					by: Type.Enum(by),
					min: replicas,
					max: replicas,
					target: Type.Integer({
						minimum: 1,
						description:
							"cpu: per cent of the requests; events: records behind, or tasks waiting, for one pod",
					}),
				},
				closed,
			),
			resources,
			config,
			secrets,
		},
		closed,
	);
}

function settingProperties(): Record<string, TSchema> {
	const entries = settingFacts(settingsSchema).flatMap(({ name, facts }) => {
		if (chartOwnSettings.includes(name) || facts.secret === true) return [];
		const { type, enum: words, minimum, maximum, description } = facts;
		const rule = {
			description,
			...(words === undefined ? { type } : { enum: words }),
			...(minimum !== undefined && { minimum }),
			...(maximum !== undefined && { maximum }),
			...(facts.pattern !== undefined && { pattern: goPattern(facts.pattern) }),
			// A password in an address belongs into a secret.
			...(facts.secret === "inside" && { not: { pattern: "@" } }),
		};
		return [[name, Type.Optional(Type.Unsafe(rule))] as const];
	});
	return Object.fromEntries(entries);
}

function secretProperties(): Record<string, TSchema> {
	return Object.fromEntries(
		Object.keys(settingsSchema.properties)
			.filter((name) => !chartOwnSettings.includes(name))
			.map((name) => [name, Type.Optional(secretKey)]),
	);
}

/** The pattern in Go's words, which Helm uses. */
function goPattern(pattern: string): string {
	return pattern.replaceAll("\\u0000", "\\x00");
}
