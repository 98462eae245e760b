import { NativeConnection } from "@temporalio/worker";
import { serverAddress } from "./server-address.ts";

let opened: Promise<NativeConnection> | undefined;

/**
 * The one connection of this process's workers; nobody closes it. With its last connection the SDK takes
 * down its Rust runtime, on the main thread, to build another for the next test; a file that stood still
 * in CI, deaf to every timer, is thought to have stood there.
 */
export async function openNativeConnection(): Promise<NativeConnection> {
	opened ??= NativeConnection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
	return await opened;
}

/** For a worker of a build: of two builds in one process each needs its own. Its owner closes it. */
export async function openOwnConnection(): Promise<NativeConnection> {
	await openNativeConnection();
	return await NativeConnection.connect({
		address: serverAddress("TEMPORAL_HOST"),
	});
}
