export interface OutgoingMessage {
	topic: string;
	/** Messages with the same key keep their order. */
	key: string | null;
	value: Buffer;
	headers: Record<string, string>;
}

export interface RecordPosition {
	topic: string;
	partition: number;
	offset: string;
}
