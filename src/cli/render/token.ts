import type { Frame } from "./paint.ts";
import { renderFields } from "./table.ts";

export interface NewToken {
	token: string;
	record: {
		name: string;
		role: string;
		sha256: string;
		expires_at: string | null;
	};
}

/** The token, which cannot be shown again, and the record for the service. */
export function renderToken({ token, record }: NewToken, frame: Frame) {
	const { name, role, expires_at } = record;
	return [
		token,
		"",
		...renderFields(
			[
				["name", name],
				["role", role],
				["expires", expires_at ?? "never"],
			],
			frame,
		),
		"",
		"Shown once. Its holder sets ORCHESTRATOR_TOKEN; the service wants this line in API_TOKENS_FILE:",
		JSON.stringify(record),
	];
}
