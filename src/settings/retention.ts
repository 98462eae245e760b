import { type Static, type TObject, Type } from "typebox";
import type { RetentionDays } from "../domain/retention.ts";

const days = (minimum: number, description: string) =>
	Type.Optional(
		Type.Integer({
			minimum,
			maximum: 36_500,
			description: `${description}; unset: for ever`,
			example: "365",
		}),
	);

/** The retention of stored documents. */
export const retentionSettingsSchema = {
	RETENTION_PLANS_DAYS: days(
		1,
		"Days a plan that has ended is kept with its tickets, attempts and results; it stays as long as Temporal keeps its run",
	),
	RETENTION_AUDIT_DAYS: days(
		1,
		"Days the audit trail of a plan that has ended is kept, and what policies said; not less than RETENTION_PLANS_DAYS",
	),
	// A record that Kafka delivers again must still be known.
	RETENTION_DECISIONS_DAYS: days(
		30,
		"Days decisions and answers that were only recorded are kept",
	),
	// The read model looks back 30 days.
	RETENTION_OUTCOMES_DAYS: days(
		30,
		"Days it is kept how a plan ended, for comparisons of versions and builds",
	),
	RETENTION_DEAD_LETTERS_DAYS: days(
		1,
		"Days a dead letter is kept that nobody has dealt with",
	),
};

interface Values {
	RETENTION_PLANS_DAYS?: number | undefined;
	RETENTION_AUDIT_DAYS?: number | undefined;
}

/** An audit trail goes after its plan, which says where it ends. */
export function findRetentionProblems({
	RETENTION_PLANS_DAYS: plans,
	RETENTION_AUDIT_DAYS: audit,
}: Values): string[] {
	if (audit === undefined || (plans !== undefined && plans <= audit)) return [];
	const found = plans === undefined ? "is not set" : `is ${plans}`;
	return [
		`RETENTION_AUDIT_DAYS is ${audit}, but RETENTION_PLANS_DAYS ${found}; an audit trail goes after its plan; it must be: at most ${audit}; for example RETENTION_PLANS_DAYS=${audit}`,
	];
}

/** Days for each kind of document; absent: kept for ever. */
export function toRetentionDays(
	env: Static<TObject<typeof retentionSettingsSchema>>,
): RetentionDays {
	const days = {
		plans: env.RETENTION_PLANS_DAYS,
		audit: env.RETENTION_AUDIT_DAYS,
		decisions: env.RETENTION_DECISIONS_DAYS,
		outcomes: env.RETENTION_OUTCOMES_DAYS,
		dead_letters: env.RETENTION_DEAD_LETTERS_DAYS,
	};
	return Object.fromEntries(
		Object.entries(days).filter(([, count]) => count !== undefined),
	);
}
