import { type Static, type TObject, type TSchema, Type } from "typebox";
import { Value } from "typebox/value";
import { OrchestratorError } from "./errors.ts";

/** What a setting's schema says beside its type; the documentation is made from the same facts. */
export interface SettingFacts {
	description: string;
	example: string;
	/** Words for a pattern that nobody wants to read. */
	rule?: string;
	/** The value is never shown. */
	secret?: boolean;
	default?: unknown;
	type?: string;
	enum?: readonly string[];
	pattern?: string;
	minimum?: number;
	maximum?: number;
}

export type SettingsSchema = TObject<Record<string, TSchema>>;
export type Environment = Readonly<Record<string, string | undefined>>;

/** The facts of every setting, in the order of the schema. */
export function settingFacts(
	schema: SettingsSchema,
): { name: string; required: boolean; facts: SettingFacts }[] {
	return Object.entries(schema.properties).map(([name, property]) => {
		const facts = property as unknown as SettingFacts;
		const required = facts.default === undefined && !Type.IsOptional(property);
		return { name, required, facts };
	});
}

/** The rule a value must keep, in words: `whole number from 0 to 65535`. */
export function describeRule(facts: SettingFacts): string {
	if (facts.rule !== undefined) return facts.rule;
	if (facts.enum !== undefined) return `one of ${facts.enum.join(", ")}`;
	if (facts.type === "boolean") return "true or false";
	if (facts.type === "string") return "text";
	const kind = facts.type === "integer" ? "whole number" : "number";
	const { minimum, maximum } = facts;
	if (maximum !== undefined)
		return `${kind} from ${minimum ?? 0} to ${maximum}`;
	return minimum === undefined ? kind : `${kind}, at least ${minimum}`;
}

/**
 * Reads the settings of the schema from an environment. An empty variable counts as unset. Throws
 * SETTINGS_INVALID that names every problem at once, with secrets masked.
 */
export function readSettings<S extends SettingsSchema>(
	schema: S,
	env: Environment,
): Static<S> {
	const values: Record<string, unknown> = {};
	const problems: string[] = [];
	for (const { name, required, facts } of settingFacts(schema)) {
		const text = env[name]?.trim();
		if (text === undefined || text === "") {
			if (required) problems.push(describeProblem(name, undefined, facts));
			else if (facts.default !== undefined) values[name] = facts.default;
			continue;
		}
		const value = convert(text, facts);
		const property = schema.properties[name] as TSchema;
		if (value === undefined || !Value.Check(property, value)) {
			problems.push(describeProblem(name, text, facts));
		} else values[name] = value;
	}
	if (problems.length > 0) {
		throw new OrchestratorError(
			"SETTINGS_INVALID",
			`the environment is not valid:\n  ${problems.join("\n  ")}`,
			{ problems },
		);
	}
	return values as Static<S>;
}

function convert(text: string, facts: SettingFacts): unknown {
	if (facts.enum !== undefined) {
		return facts.enum.find((one) => one.toLowerCase() === text.toLowerCase());
	}
	if (facts.type === "boolean") {
		if (/^(true|1|yes|on)$/i.test(text)) return true;
		return /^(false|0|no|off)$/i.test(text) ? false : undefined;
	}
	if (facts.type === "integer" || facts.type === "number") {
		// Number() would take "0x10", "1e3" and " "; a setting is written in plain digits.
		return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
	}
	return text;
}

function describeProblem(
	name: string,
	text: string | undefined,
	facts: SettingFacts,
): string {
	const found = text === undefined ? "is not set" : `is "${mask(text, facts)}"`;
	return `${name} ${found}; it must be: ${describeRule(facts)}; for example ${name}=${facts.example}`;
}

function mask(text: string, facts: SettingFacts): string {
	if (facts.secret === true) return "***";
	// Whatever stands between a colon and an @ may be a password.
	return text.replace(/:(?!\/\/).*@/, ":***@");
}
