import { Readable } from "node:stream";

export interface OutletSettings {
	/** Bytes that may wait for the reader; further blocks have to wait elsewhere. */
	bufferBytes: number;
	/** A reader that is behind and reads nothing for this time is dropped. */
	patienceMs: number;
}

/** One reader's end of the stream. */
export interface EventOutlet {
	stream: Readable;
	/** Writes one block and an empty line. Does nothing when the reader is gone. */
	write(lines: readonly string[]): void;
	isFull(): boolean;
	/** Resolves with true when there is room again, with false when the reader is gone or was dropped. */
	hasRoom(): Promise<boolean>;
	/** Ends the stream after everything written has been read. */
	end(): void;
	/** Resolves when the stream has ended, with whether the reader was dropped as too slow. */
	closed: Promise<{ isSlow: boolean }>;
}

/** Blocks of server-sent events for one reader, with a bounded buffer. */
export function createEventOutlet({
	bufferBytes,
	patienceMs,
}: OutletSettings): EventOutlet {
	const closed = Promise.withResolvers<{ isSlow: boolean }>();
	let room = Promise.withResolvers<void>();
	let isSlow = false;
	let isOpen = true;
	const stream = new Readable({
		highWaterMark: bufferBytes,
		read: () => room.resolve(),
		destroy(error, done) {
			isOpen = false;
			room.resolve();
			closed.resolve({ isSlow });
			done(error);
		},
	});
	const isFull = () => stream.readableLength >= bufferBytes;

	function drop(): void {
		isSlow = true;
		stream.destroy();
	}

	return {
		stream,
		isFull,
		closed: closed.promise,
		write(lines) {
			if (!isOpen) return;
			if (!stream.push(`${lines.join("\n")}\n\n`)) {
				room = Promise.withResolvers();
			}
		},
		async hasRoom() {
			if (!isOpen || !isFull()) return isOpen;
			const timer = setTimeout(drop, patienceMs);
			await room.promise;
			clearTimeout(timer);
			return isOpen;
		},
		end() {
			if (!isOpen) return;
			isOpen = false;
			room.resolve();
			closed.resolve({ isSlow });
			stream.push(null);
		},
	};
}
