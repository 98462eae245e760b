import type { Static, TSchema } from "typebox";
import { Value } from "typebox/value";
import {
	describeProblem,
	describeRule,
	maskSecret,
	type NamedSetting,
	type SettingsSchema,
	settingFacts,
} from "./describe-setting.ts";
import {
	type Finding,
	findSetting,
	type SettingSources,
	type SourceKind,
} from "./find-setting.ts";
import { fromJsonForm } from "./json-form.ts";
import type { SettingFacts } from "./setting.ts";

/** A setting as it is in effect. */
export interface ExplainedSetting {
	name: string;
	/** Secrets masked; null when it is not set and has no default. */
	value: string | null;
	source: SourceKind;
	/** Which variable and which file it came from; null for a default. */
	origin: string | null;
	rule: string;
	description: string;
}

export interface SettingsReading<S extends SettingsSchema> {
	/** Complete when there is no problem. */
	values: Partial<Static<S>>;
	/** Every setting of the schema, in its order. */
	settings: ExplainedSetting[];
	/** One line each: the value (secrets masked), the rule, an example. */
	problems: string[];
}

/** Reads every setting of the schema from its sources and finds all problems at once. Never throws. */
export function readSettings<S extends SettingsSchema>(
	schema: S,
	sources: SettingSources,
): SettingsReading<S> {
	const values: Record<string, unknown> = {};
	const settings: ExplainedSetting[] = [];
	const problems: string[] = [];
	for (const setting of settingFacts(schema)) {
		const { name, facts } = setting;
		const finding = findSetting(setting, sources);
		const problem = problemOf(setting, finding, schema.properties[name]);
		if (problem !== undefined) problems.push(problem);
		else {
			const value = valueFrom(facts, finding);
			if (value !== undefined) values[name] = value;
		}
		settings.push(explain(setting, finding));
	}
	return { values: values as Partial<Static<S>>, settings, problems };
}

function problemOf(
	setting: NamedSetting,
	finding: Finding,
	property: TSchema | undefined,
): string | undefined {
	const { required, facts } = setting;
	if (finding === undefined) {
		return required ? describeProblem(setting, "is not set") : undefined;
	}
	if ("problem" in finding) return describeProblem(setting, finding.problem);
	const value = convert(finding.text, facts);
	if (value !== undefined && Value.Check(property as TSchema, value)) {
		return undefined;
	}
	const { source, origin } = finding;
	const from = source === "environment" ? "" : ` (from ${origin})`;
	const shown = maskSecret(finding.text, facts);
	return describeProblem(setting, `is "${shown}"${from}`);
}

function valueFrom(facts: SettingFacts, finding: Finding): unknown {
	return finding !== undefined && "text" in finding
		? convert(finding.text, facts)
		: facts.default;
}

function convert(written: string, facts: SettingFacts): unknown {
	const text = fromJsonForm(written, facts);
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

function explain(
	{ name, facts }: NamedSetting,
	finding: Finding,
): ExplainedSetting {
	const about = { name, rule: describeRule(facts) };
	const { description } = facts;
	if (finding !== undefined && "text" in finding) {
		const { text, source, origin } = finding;
		const value = maskSecret(text, facts);
		return { ...about, value, source, origin, description };
	}
	const standard = facts.default;
	return {
		...about,
		value: standard === undefined ? null : String(standard),
		source: standard === undefined ? "unset" : "default",
		origin: null,
		description,
	};
}
