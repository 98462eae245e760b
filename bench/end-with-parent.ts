// Imported by whatever the bench starts: a launcher that is killed leaves nobody behind who works, or holds a port.
process.on("disconnect", end);
// Listening must not keep a process alive that wants to end.
process.channel?.unref();
if (process.connected === false) end();

function end(): void {
	process.exit(1);
}
