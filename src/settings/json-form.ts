import type { SettingFacts } from "./setting.ts";

/**
 * A list or a table as the earlier service wrote it, in our words: `["a", "b"]` is `a,b`, and `{"x": ["a", "b"]}` is
 * `x=a+b`. Any other text, and JSON that the setting takes as it is, is answered unchanged.
 */
export function fromJsonForm(text: string, { pattern }: SettingFacts): string {
	if (!/^[[{]/.test(text)) return text;
	if (pattern !== undefined && new RegExp(pattern).test(text)) return text;
	try {
		const value: unknown = JSON.parse(text);
		return Array.isArray(value)
			? value.map(String).join(",")
			: Object.entries(value as Record<string, unknown>)
					.map(([key, one]) => `${key}=${[one].flat().join("+")}`)
					.join(",");
	} catch {
		return text;
	}
}
