export type CheckStatus = "ok" | "warning" | "failed";

/** The result of one check of the installation. */
export interface Check {
	/** The checked thing: `kafka topic plans.consensus`. The same in every run. */
	name: string;
	/** `failed`: the service, or a promised part of it, does not work. */
	status: CheckStatus;
	/** The finding. No secrets. */
	detail: string;
	/** The remedy; present whenever the status is not `ok`. */
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
