// Loaded by `bootstrap.mjs` into what it starts: a launcher whose bootstrap was killed stops in order
// instead of running on unseen. The channel alone does not keep the process alive.
if (process.channel) {
	process.once("disconnect", () => process.kill(process.pid, "SIGTERM"));
	process.channel.unref();
}
