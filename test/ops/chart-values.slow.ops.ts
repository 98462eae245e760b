// The walk over all values calls Helm more than a hundred times.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
	defaults,
	everything,
	helm,
	least,
	renderText,
	type Values,
} from "./chart.ts";

const skip = helm.missing;

test("chart: nothing in values.yaml is without effect", { skip }, () => {
	const all = (role: object) => ({
		...least,
		roles: Object.fromEntries(
			Object.keys(defaults.roles as Values).map((name) => [name, role]),
		),
	});
	const some = [
		...[everything, least, all({ enabled: true })],
		all({ enabled: true, scaling: { by: "cpu" } }),
	];
	const before = some.map((values) => renderText(values));
	const leaves = [...walk(defaults)];
	assert.ok(leaves.length > 60);
	for (const { place, value } of leaves) {
		const other = alternative(place.join("."), value);
		const hasEffect = some.some((values, index) => {
			const changed = structuredClone(values);
			set(changed, place, other);
			return renderText(changed) !== before[index];
		});
		assert.ok(hasEffect, place.join("."));
	}
});

interface Leaf {
	place: string[];
	value: unknown;
}

function* walk(values: Values, above: string[] = []): Generator<Leaf> {
	for (const [name, value] of Object.entries(values)) {
		const place = [...above, name];
		const isBranch =
			typeof value === "object" &&
			!Array.isArray(value) &&
			Object.keys(value as object).length > 0;
		if (isBranch) yield* walk(value as Values, place);
		else yield { place, value };
	}
}

function set(
	values: Values,
	[name = "", ...rest]: string[],
	to: unknown,
): void {
	if (rest.length > 0) {
		const below = (values[name] ?? {}) as Values;
		set(below, rest, to);
		values[name] = below;
	} else values[name] = to;
}

/** Another value that the schema takes. */
function alternative(place: string, value: unknown): unknown {
	const byEnd: [end: RegExp, other: unknown][] = [
		[/pullPolicy$/, "Always"],
		[/digest$/, `sha256:${"1".repeat(64)}`],
		[/pullSecrets$/, ["registry"]],
		[/config$/, { ...(least.config as object), LOG_LEVEL: "warn" }],
		[/secrets$/, secretsFor(place)],
		[/mounts$/, [{ name: "other", secret: "other", path: "/other" }]],
		[/scaling\.by$/, place.includes("api") ? "none" : "cpu"],
		[/whenUnsatisfiable$/, "ScheduleAnyway"],
		[/tolerations$/, [{ key: "other" }]],
		[/callers$|scrapers$/, [{ podSelector: {} }]],
		[/egressPorts$/, [1]],
		[/interval$/, "16s"],
		[/token$/, { secret: "other", key: "other" }],
		[/nodeSelector$|nnotations$|labels$/, { other: "other" }],
		[/cpu$|memory$/, "7"],
	];
	const found = byEnd.find(([end]) => end.test(place));
	if (found !== undefined) return found[1];
	if (typeof value === "boolean") return !value;
	return typeof value === "number" ? value + 1 : `${value}x`;
}

function secretsFor(place: string): object {
	const own = { REDIS_PASSWORD: { secret: "other", key: "other" } };
	return place === "secrets" ? { ...(least.secrets as object), ...own } : own;
}
