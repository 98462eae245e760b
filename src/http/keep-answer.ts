/**
 * Wraps a call so that concurrent callers share its result, which is cached for `keptMs`. A failure is not
 * cached.
 */
export function keepAnswer<T>(
	ask: () => Promise<T>,
	keptMs: number,
	nowMs: () => number = () => performance.now(),
): () => Promise<T> {
	let kept: { answer: Promise<T>; untilMs: number } | undefined;
	return () => {
		if (kept !== undefined && nowMs() < kept.untilMs) return kept.answer;
		const asked = { answer: ask(), untilMs: Number.POSITIVE_INFINITY };
		kept = asked;
		asked.answer.then(
			() => {
				asked.untilMs = nowMs() + keptMs;
			},
			() => {
				asked.untilMs = 0;
			},
		);
		return asked.answer;
	};
}
