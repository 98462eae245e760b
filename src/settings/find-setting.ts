import type { NamedSetting } from "./describe-setting.ts";
import { readTextFile } from "./read-text-file.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The sources of settings; the environment overrides the .env file. */
export interface SettingSources {
	environment: Environment;
	dotEnv?: { path: string; values: Environment };
}

export type SourceKind = "environment" | ".env" | "file" | "default" | "unset";

export interface FoundText {
	text: string;
	source: SourceKind;
	/** Which variable, and which file: `KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka`. */
	origin: string;
}

/** A text, nothing, or the reason why it cannot be read. */
export type Finding = FoundText | { problem: string } | undefined;

/**
 * The text of a setting. An empty variable counts as unset. A setting that may hold a secret may be
 * given as a file, by `<name>_FILE`, but not both at once in the same place.
 */
export function findSetting(
	setting: NamedSetting,
	{ environment, dotEnv }: SettingSources,
): Finding {
	return (
		findIn(setting, environment, "environment", "") ??
		(dotEnv && findIn(setting, dotEnv.values, ".env", ` in ${dotEnv.path}`))
	);
}

function findIn(
	{ name, facts }: NamedSetting,
	values: Environment,
	source: SourceKind,
	where: string,
): Finding {
	const text = textOf(values, name);
	const file =
		facts.secret === undefined ? undefined : textOf(values, `${name}_FILE`);
	if (text !== undefined && file !== undefined) {
		return { problem: `and ${name}_FILE are both set${where}` };
	}
	if (file !== undefined) return readSecret(name, file, where);
	return text === undefined
		? undefined
		: { text, source, origin: `${name}${where}` };
}

function readSecret(name: string, file: string, where: string): Finding {
	const origin = `${name}_FILE=${file}${where}`;
	try {
		const text = readTextFile(file).trim();
		if (text !== "") return { text, source: "file", origin };
		return { problem: `is to come from ${origin}, which is empty` };
	} catch (error) {
		const why = (error as Error).message;
		return {
			problem: `is to come from ${origin}, which cannot be read: ${why}`,
		};
	}
}

function textOf(values: Environment, name: string): string | undefined {
	const text = values[name]?.trim();
	return text === "" ? undefined : text;
}
