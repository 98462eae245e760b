/**
 * Of the state that a closing run of a build leaves in its result, so that its plan can be run again when no
 * worker of the build is left to answer. Raised when `CarriedRun` changes in a way that the build before cannot
 * read.
 */
export const STATE_VERSION = 1;

/** A build reads its own version and the one before. */
export function isReadableState(version: number): boolean {
	return version === STATE_VERSION || version === STATE_VERSION - 1;
}
