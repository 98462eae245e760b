import { type TObject, type TSchema, Type } from "typebox";
import type { SettingFacts } from "./setting.ts";

export type SettingsSchema = TObject<Record<string, TSchema>>;

export interface NamedSetting {
	name: string;
	required: boolean;
	facts: SettingFacts;
}

/** The facts of every setting, in the order of the schema. */
export function settingFacts(schema: SettingsSchema): NamedSetting[] {
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

/** The value as it may be shown: secrets masked. */
export function maskSecret(text: string, { secret }: SettingFacts): string {
	if (secret === true) return "***";
	if (secret === "inside") return maskUrl(text);
	// Text between a colon and an @ may be a password.
	return text.replace(/:(?!\/\/).*@/, ":***@");
}

/** Scheme, hosts and path stay; user, password, the values of the query and a fragment do not. */
export function maskUrl(text: string): string {
	const [, scheme = "", rest = ""] =
		/^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(text) ?? [];
	const at = rest.lastIndexOf("@");
	// It may be a password that is not encoded, or an @ in the query.
	if (/[/?#]/.test(rest.slice(0, Math.max(at, 0)))) return `${scheme}***@`;
	const user = at < 0 ? "" : "***@";
	const shown = rest
		.slice(at + 1)
		.replace(/([?&][^=&#]*=)[^&#]*/g, "$1***")
		.replace(/#.*$/s, "#***");
	return scheme + user + shown;
}

/** The problem of a setting, with its value, its rule and an example, in one line. */
export function describeProblem(
	{ name, facts }: NamedSetting,
	found: string,
): string {
	return `${name} ${found}; it must be: ${describeRule(facts)}; for example ${name}=${facts.example}`;
}
