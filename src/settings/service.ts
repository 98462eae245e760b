import { Type } from "typebox";
import { durationMs, flag } from "./setting.ts";

export const roles = [
	"api",
	"intake",
	"worker",
	"registry",
	"rollout",
	"trainer",
] as const;
export type Role = (typeof roles)[number];
const defaultRoles: readonly Role[] = ["api", "intake", "worker"];

/** The process itself. */
export const serviceSettings = {
	ENV_FILE: Type.String({
		rule: "a file of settings, or none",
		default: ".env",
		description:
			"File with further settings, read if it is there; what the environment says goes first. Has effect in the environment only",
		example: ".env",
	}),
	SERVICE_NAME: Type.String({
		default: "orchestrator-dynamic",
		description: "Name of the service in logs and as Kafka client id",
		example: "orchestrator-dynamic",
	}),
	SERVICE_VERSION: Type.String({
		default: "1.0.0",
		description: "Version of the service in logs and in /health",
		example: "1.0.0",
	}),
	DEPLOYMENT_VARIANT: Type.String({
		default: "stable",
		description:
			"Which of several deployments beside each other this is (stable, canary; empty: not said); stands in orchestration_build_info, in every log line and in /version",
		example: "canary",
	}),
	ENVIRONMENT: Type.String({
		default: "development",
		description: "Where this runs; stands in every log line",
		example: "production",
	}),
	LOG_LEVEL: Type.Enum(
		["trace", "debug", "info", "warn", "error", "fatal", "silent"],
		{
			default: "info",
			description: "Least important log line that is written",
			example: "info",
		},
	),
	LOG_FORMAT: Type.Enum(["json", "text"], {
		default: "json",
		description:
			"json: one JSON object a line, for machines; text: for people, in development",
		example: "text",
	}),
	SENSITIVE_PARAMETERS: Type.String({
		default:
			"*password*,*passwd*,*secret*,token,*access_token*,*auth_token*,*refresh_token*,*api_key*,*apikey*,*private_key*,*credential*,authorization",
		rule: "names with commas between; * is any text",
		description:
			"Parameters whose values are shown as `***` in the log, answers of the API, dead letters, approval requests and what policies are given, beside those that metadata.sensitive of a plan or task names; they are stored and executed as they are",
		example: "*password*,*secret*,card_number",
	}),
	METRICS_ENABLED: flag(
		true,
		"Counts what happens, for /metrics; without it only gauges of this process move, which /health needs",
	),
	ROLES: Type.String({
		pattern: `^(${roles.join("|")})(\\s*,\\s*(${roles.join("|")}))*$`,
		rule: `one or more of ${roles.join(", ")}, separated by commas`,
		default: defaultRoles.join(","),
		description: "Parts of the service this process runs",
		example: "intake,worker",
	}),
	SHUTDOWN_GRACE_MS: durationMs(
		20_000,
		"Time a stopping process has to finish what it works on",
	),
};
