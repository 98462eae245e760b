import type { AuditHead } from "../domain/audit-chain.ts";
import type { DocumentWrite } from "../domain/documents.ts";
import type { HeadSigner } from "../plans/audit-ports.ts";
import type { DocumentStore } from "./document-store.ts";

/** The store, with a signature beside the end of the audit trail in every plan's document. */
export function signHeads(
	store: DocumentStore,
	signer: HeadSigner,
): DocumentStore {
	return {
		async write(writes) {
			await store.write(
				await Promise.all(writes.map((one) => sign(one, signer))),
			);
		},
	};
}

async function sign(
	write: DocumentWrite,
	signer: HeadSigner,
): Promise<DocumentWrite> {
	const { collection, fields } = write;
	const head = fields.audit_head as AuditHead | null | undefined;
	if (collection !== "workflows" || head == null) return write;
	const audit_signature = await signer.sign(String(fields.plan_id), head);
	return { ...write, fields: { ...fields, audit_signature } };
}
