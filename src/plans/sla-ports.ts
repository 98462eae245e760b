import type { SlaAlert } from "../../schemas/sla-alert.ts";
import type { SlaViolation } from "../../schemas/sla-violation.ts";

/** Tells other systems how deadlines and budgets stand. */
export interface SlaPublisher {
	/** Resolves only after the brokers acknowledged every alert. */
	publishAlerts(alerts: readonly SlaAlert[]): Promise<void>;
	/** Resolves only after the brokers acknowledged every violation. */
	publishViolations(violations: readonly SlaViolation[]): Promise<void>;
}
