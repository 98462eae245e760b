/** Somebody holds work back, or lets it come again little by little. */
export interface Pause {
	/** Unix epoch ms. */
	since_ms: number;
	actor: string;
	reason: string;
	/** null: nobody has asked for it to go on. */
	resumed: {
		at_ms: number;
		actor: string;
		reason: string;
		/** The share grows over this time. */
		over_ms: number;
	} | null;
}

/** A pause as it stands at one moment. */
export interface PauseView {
	since_ms: number;
	actor: string;
	reason: string;
	/** 0 to 1: how much of what it would get otherwise may be given. */
	share: number;
}

/** What resumes begins with a tenth, so that a mistake costs little. */
const FIRST_SHARE = 0.1;

/** 0 while nothing is resumed, then from a tenth to 1, evenly over the time. */
export function pausedShare({ resumed }: Pause, nowMs: number): number {
	if (resumed === null) return 0;
	const passedRatio = (nowMs - resumed.at_ms) / resumed.over_ms;
	const grown = FIRST_SHARE + (1 - FIRST_SHARE) * Math.max(0, passedRatio);
	return Math.min(1, grown);
}

/** undefined when nothing is held back any more. */
export function viewPause(pause: Pause, nowMs: number): PauseView | undefined {
	const share = pausedShare(pause, nowMs);
	if (share >= 1) return undefined;
	const { since_ms, actor, reason } = pause;
	return { since_ms, actor, reason, share };
}
