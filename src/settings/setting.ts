import { Type } from "typebox";

/** Facts of a setting beside its type; the documentation is made from them. */
export interface SettingFacts {
	description: string;
	example: string;
	/** Words for an unreadable pattern. */
	rule?: string;
	/**
	 * `true`: the value is never shown. `inside`: it may contain a password, which is never shown.
	 * Either may be given as a file, by the setting's name with `_FILE` behind it.
	 */
	secret?: true | "inside";
	default?: unknown;
	type?: string;
	enum?: readonly string[];
	pattern?: string;
	minimum?: number;
	maximum?: number;
}

export const HOUR_MS = 3_600_000;
/** Longest duration a setting may name: setTimeout takes no more. */
const MAX_MS = 2_147_483_647;

/** A duration in ms; at least 1 unless said otherwise. */
export const durationMs = (
	defaultMs: number,
	description: string,
	minimum = 1,
) =>
	Type.Integer({
		minimum,
		maximum: MAX_MS,
		default: defaultMs,
		description,
		example: String(defaultMs),
	});

/** A whole number; at least 1 unless said otherwise. */
export const count = (
	defaultCount: number,
	maximum: number,
	description: string,
	minimum = 1,
) =>
	Type.Integer({
		minimum,
		maximum,
		default: defaultCount,
		description,
		example: String(defaultCount),
	});

/** A setting that is on or off. */
export const flag = (defaultFlag: boolean, description: string) =>
	Type.Boolean({ default: defaultFlag, description, example: "true" });

/** A name of Kafka's. */
export const topicName = (defaultName: string, description: string) =>
	Type.String({
		pattern: "^[A-Za-z0-9._-]{1,200}$",
		rule: "a Kafka name: letters, digits, dot, underscore, hyphen",
		default: defaultName,
		description,
		example: defaultName,
	});

/** A secret that need not be there; it may be given as a file (`<name>_FILE`). */
export const secret = (description: string) =>
	Type.Optional(Type.String({ secret: true, description, example: "secret" }));

/** A text that need not be there. */
export const optionalText = (description: string, example: string) =>
	Type.Optional(Type.String({ description, example }));

/** A PEM file that need not be there. */
export const pemFile = (description: string, example: string) =>
	Type.Optional(
		Type.String({ rule: "path of a PEM file", description, example }),
	);

/** Pattern of `host:port`, several separated by commas. */
export const hostList = "^[^\\s,:]+:\\d{1,5}(\\s*,\\s*[^\\s,:]+:\\d{1,5})*$";
