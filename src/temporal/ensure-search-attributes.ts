import type { Connection } from "@temporalio/client";
import { searchAttributes } from "../domain/search-attributes.ts";

/** Values of Temporal's enum IndexedValueType. */
export const indexedValueTypes = { KEYWORD: 2, DATETIME: 6 } as const;
const POLL_MS = 200;
const USABLE_WITHIN_MS = 60_000;
const ALREADY_EXISTS = 6;

/**
 * Registers the search attributes that are missing and resolves once workflows can be started with
 * them. Safe to repeat, and from several processes at once.
 */
export async function ensureSearchAttributes(
	connection: Connection,
	namespace: string,
): Promise<void> {
	const known = await connection.operatorService.listSearchAttributes({
		namespace,
	});
	const missing = Object.values(searchAttributes).filter(
		({ name }) => known.customAttributes[name] === undefined,
	);
	if (missing.length > 0) await register(connection, namespace, missing);
	await waitUntilUsable(connection, namespace);
}

async function register(
	connection: Connection,
	namespace: string,
	missing: readonly { name: string; type: "KEYWORD" | "DATETIME" }[],
): Promise<void> {
	const types = missing.map(({ name, type }) => [
		name,
		indexedValueTypes[type],
	]);
	try {
		await connection.operatorService.addSearchAttributes({
			namespace,
			searchAttributes: Object.fromEntries(types),
		});
	} catch (error) {
		// Another process was faster.
		if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
	}
}

/** Servers cache the list: a query that names every attribute tells when the cache is fresh. */
async function waitUntilUsable(
	connection: Connection,
	namespace: string,
): Promise<void> {
	const query = Object.values(searchAttributes)
		.map(({ name }) => `${name} IS NOT NULL`)
		.join(" AND ");
	const untilMs = Date.now() + USABLE_WITHIN_MS;
	for (;;) {
		try {
			await connection.workflowService.countWorkflowExecutions({
				namespace,
				query,
			});
			return;
		} catch (error) {
			if (Date.now() > untilMs) throw error;
			await new Promise((resolve) => setTimeout(resolve, POLL_MS));
		}
	}
}
