/** What was typed after `npm run stack --`. */
export interface CommandOptions {
	directory: string;
	only?: string | undefined;
	server?: string | undefined;
	json: boolean;
	follow: boolean;
}
