/** Who asks, and why. */
export interface Author {
	actor: string;
	reason: string;
}
