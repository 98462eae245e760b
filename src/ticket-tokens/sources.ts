import type { TicketDocument } from "../domain/documents.ts";
import type { RunningPlans, StoredPlans } from "../plans/plan-ports.ts";
import {
	type TicketJwtSettings,
	type TicketTokenClaims,
	verifyTicketToken,
} from "./jwt-tokens.ts";
import type { KeyRing } from "./key-ring.ts";
import type { TicketTokenSources } from "./ports.ts";

export interface OpenedTicketJwt {
	settings: TicketJwtSettings;
	keys: KeyRing;
}

/** `jwt` undefined: there are no such tokens. */
export function ticketTokenSources(
	jwt: OpenedTicketJwt | undefined,
	stored: Pick<StoredPlans, "readTicket">,
	running: Pick<RunningPlans, "readTickets">,
): TicketTokenSources {
	async function isOpen({ jti, plan_id }: TicketTokenClaims): Promise<boolean> {
		// Documents are written after the publication: only a yes, or an end, is taken from there.
		const known = await stored.readTicket(jti).catch(() => undefined);
		if (known !== undefined && known.outcome !== null) return false;
		if (known !== undefined && isCurrent(known, jti)) return true;
		const [told] = (await running.readTickets(plan_id, { ids: [jti] })) ?? [];
		return told !== undefined && isCurrent(told, jti);
	}
	return {
		publishedKeys: async () => (await jwt?.keys.published()) ?? [],
		async introspect(token) {
			if (jwt === undefined) return { active: false };
			const { settings, keys } = jwt;
			const claims = await verifyTicketToken(token, settings, keys, Date.now());
			if (claims === undefined || !(await isOpen(claims)))
				return { active: false };
			const { issuer: iss, audience: aud } = settings;
			return { active: true, ...claims, iss, aud };
		},
	};
}

/** Whether the ticket's newest attempt is this one, and has not ended. */
function isCurrent(
	{ outcome, attempt_ticket_id, published_at }: TicketDocument,
	wireId: string,
): boolean {
	return (
		outcome === null && attempt_ticket_id === wireId && published_at !== null
	);
}
