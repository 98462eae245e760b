/** From the wire id of an attempt to its plan. Never throws: an id is absent when nobody can tell. */
export interface TicketResolver {
	resolve(ids: readonly string[]): Promise<Map<string, string>>;
}
