/** How much a worker's own score counts; the rest is the ticket's priority. */
export const AGENT_WEIGHT = 0.6;

/**
 * `(0.6 * agent + 0.4 * priority) * room`, unless weighed otherwise. Among idle workers that is the earlier service's composite. The
 * priority changes the ranking: the higher it is, the less a better score makes up for a longer queue, so
 * urgent tickets go where they begin first, and the others to the worker that is best at them.
 */
export function scoreComposite(
	agentScore: number,
	priority: number,
	room: number,
	agentWeight = AGENT_WEIGHT,
): number {
	return (agentWeight * agentScore + (1 - agentWeight) * priority) * room;
}

/**
 * 1 for a fast worker with a free slot; half for one that takes twice as long, because it is slow or because
 * another ticket comes first.
 */
export function scoreRoom(
	slowness: number,
	held: number,
	slots: number,
): number {
	return 1 / (slowness * Math.max(1, (held + 1) / slots));
}

/**
 * The same by time, for a ticket whose duration is predicted: the fastest worker's own time over the time until this
 * worker, which takes `ownMs`, is done with it. `queueMs`: until it begins. A long ticket loses little by a short queue, and a short one
 * much by a long queue.
 */
export function scoreRoomByTime(
	fastMs: number,
	ownMs: number,
	queueMs: number,
): number {
	return fastMs / (queueMs + ownMs);
}
