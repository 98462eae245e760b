// A process to count in: writes one request to a server and tells its parent when it has arrived.
import { connect } from "node:net";

const [port] = process.argv.slice(2);
const FETCH = 1;
const request = Buffer.alloc(8);
request.writeInt32BE(4);
request.writeInt16BE(FETCH, 4);
const socket = connect({ port: Number(port), host: "127.0.0.1" }, () =>
	socket.write(request),
);
socket.once("data", () => process.send?.("answered"));
