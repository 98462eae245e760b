import assert from "node:assert/strict";
import type { Evidence, FindingKind } from "./evidence.ts";

/** Evidence as their reader may spoil them: nothing is read-only. */
export type Open<T> =
	T extends ReadonlySet<infer Item>
		? Set<Item>
		: T extends object
			? { -readonly [Key in keyof T]: Open<T[Key]> }
			: T;

/** One way to spoil sound evidence, and what the checker must find then. */
export interface Case {
	name: string;
	spoil(evidence: Open<Evidence>): void;
	kind: FindingKind;
}

/** The first that is meant; the evidence must have one. */
export const find = <T>(items: T[], is: (item: T) => boolean): T => {
	const found = items.find(is);
	assert.ok(found !== undefined, "the evidence has what is to be spoiled");
	return found;
};
export const remove = <T>(items: T[], is: (item: T) => boolean): void => {
	items.splice(items.indexOf(find(items, is)), 1);
};
export const double = <T>(items: T[], is: (item: T) => boolean): void => {
	items.push(structuredClone(find(items, is)));
};
export const swap = <K extends string>(
	one: Record<K, unknown>,
	other: Record<K, unknown>,
	key: K,
): void => {
	[one[key], other[key]] = [other[key], one[key]];
};
