import { type Static, type TObject, Type } from "typebox";
import { count, flag, optionalText } from "./setting.ts";

const port = (defaultPort: number, description: string) =>
	count(defaultPort, 65_535, description);

/** Blue-green on one machine: two instances of the HTTP service behind nginx. */
export const deploySettings = {
	DEPLOY_MODE: Type.Enum(["single", "bluegreen"], {
		default: "single",
		description:
			"bluegreen: two instances of the HTTP service on this machine, behind an nginx that releases of strategy blueGreen switch; single: releases move plans only",
		example: "bluegreen",
	}),
	ACTIVE_PORT: port(
		8_791,
		"Port of the one instance (blue), which has the requests at first; who has them later is read from nginx",
	),
	STAGING_PORT: port(8_792, "Port of the other instance (green)"),
	DEPLOY_UPSTREAM_FILE: optionalText(
		"File of nginx that names who has the requests; DEPLOY_MODE=bluegreen writes it",
		"deploy/nginx/upstreams/stable.conf",
	),
	DEPLOY_NGINX_PID_FILE: optionalText(
		"File with nginx's process id, which is told to read its files again",
		"deploy/nginx/run/nginx.pid",
	),
	DEPLOY_PROXY_URL: Type.String({
		pattern: "^http://[^\\s/]+$",
		rule: "an address such as http://127.0.0.1:8790",
		default: "http://127.0.0.1:8790",
		description:
			"Where that nginx answers: a switch is over when it answers for the other instance",
		example: "http://127.0.0.1:8790",
	}),
	AUTO_SWITCH_ON_HEALTH: flag(
		true,
		"Switch when the new instance is well; off: POST /deploy/bluegreen only tries it, as a dry run",
	),
	DEPLOY_HEALTH_MIN_SCORE: count(
		75,
		100,
		"Score of /health that an instance needs to get the requests",
		0,
	),
	DEPLOY_HEALTH_RETRIES: count(
		3,
		100,
		"How often a check asks an instance that does not answer; a release needs three good checks in a row",
	),
	DEPLOY_HEALTH_RETRY_SECONDS: count(2, 60, "Seconds between these tries", 0),
	EMERGENCY_MODE: flag(
		false,
		"Refuse new releases; undoing one, and every stop, goes on",
	),
};

type Deploy = Static<TObject<typeof deploySettings>>;
type Known = Partial<Deploy>;

/** Settings of blue-green that do not go together; one line each. */
export function findDeployProblems(settings: Known): string[] {
	if (settings.DEPLOY_MODE !== "bluegreen") return [];
	const needed = {
		DEPLOY_UPSTREAM_FILE: "deploy/nginx/upstreams/stable.conf",
		DEPLOY_NGINX_PID_FILE: "deploy/nginx/run/nginx.pid",
	} as const;
	const names = Object.keys(needed) as (keyof typeof needed)[];
	return [
		...names
			.filter((name) => settings[name] === undefined)
			.map(
				(name) =>
					`DEPLOY_MODE is bluegreen, but ${name} is not set: without nginx no request can be switched; for example ${name}=${needed[name]}`,
			),
		...(settings.ACTIVE_PORT === settings.STAGING_PORT
			? [
					`ACTIVE_PORT and STAGING_PORT are both ${settings.STAGING_PORT}: two instances need two ports; for example STAGING_PORT=8792`,
				]
			: []),
	];
}

/** What the deploy routes and the switch are given. */
export function toDeployConfig(env: Deploy) {
	const ports = { blue: env.ACTIVE_PORT, green: env.STAGING_PORT };
	return {
		isEmergency: env.EMERGENCY_MODE,
		autoSwitch: env.AUTO_SWITCH_ON_HEALTH,
		minScore: env.DEPLOY_HEALTH_MIN_SCORE,
		/** undefined: there is one instance. */
		nginx:
			env.DEPLOY_MODE === "bluegreen"
				? {
						upstreamFile: env.DEPLOY_UPSTREAM_FILE as string,
						pidFile: env.DEPLOY_NGINX_PID_FILE as string,
						proxyUrl: env.DEPLOY_PROXY_URL,
						ports,
						health: {
							minScore: env.DEPLOY_HEALTH_MIN_SCORE,
							tries: env.DEPLOY_HEALTH_RETRIES,
							pauseMs: env.DEPLOY_HEALTH_RETRY_SECONDS * 1_000,
						},
					}
				: undefined,
	};
}
