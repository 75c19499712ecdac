// The bare Node server: answers every request with {"ok": true}. Usage: node http.mjs PORT
import { createServer } from "node:http";

const body = '{"ok": true}';
createServer((request, response) => {
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": body.length });
  response.end(body);
}).listen(Number(process.argv[2]), "127.0.0.1");
