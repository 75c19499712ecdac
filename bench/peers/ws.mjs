// Node with the package ws: sends bursts of events to everybody who is connected. Usage: node ws.mjs PORT EVENT_BYTES
// A client that sends a number N starts N bursts of 32 events, one burst a turn of the loop.
import { WebSocketServer } from "ws";

const [port, size] = process.argv.slice(2).map(Number);
const event = "x".repeat(size);
const server = new WebSocketServer({ port, host: "127.0.0.1", perMessageDeflate: false });
server.on("connection", (socket) => {
  socket.on("message", (text) => burst(Number(text)));
});

function burst(left) {
  if (left === 0) return;
  for (let count = 0; count < 32; count += 1) {
    for (const client of server.clients) client.send(event);
  }
  setImmediate(burst, left - 1);
}
