export type CheckStatus = "ok" | "warning" | "failed";

/** What one look at the installation found. */
export interface Check {
	/** What was looked at: `kafka topic plans.consensus`. The same in every run. */
	name: string;
	/** `failed`: the service, or a part of what it promises, does not work. */
	status: CheckStatus;
	/** What was found. No secrets. */
	detail: string;
	/** What to do; there whenever the status is not `ok`. */
	remedy?: string;
}

/** All is well. */
export function ok(name: string, detail: string): Check {
	return { name, status: "ok", detail };
}

/** It works, but not as it should, or not for long. */
export function warning(name: string, detail: string, remedy: string): Check {
	return { name, status: "warning", detail, remedy };
}

/** It does not work. */
export function failed(name: string, detail: string, remedy: string): Check {
	return { name, status: "failed", detail, remedy };
}
