declare module "snappyjs" {
	export function compress(bytes: Buffer): Buffer;
	/** Throws when the bytes are no snappy block. */
	export function uncompress(bytes: Buffer): Buffer;
}
