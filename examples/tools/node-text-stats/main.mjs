// Text statistics: a tool that answers /healthz, /schema and /run on 127.0.0.1.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { parseArgs } from "node:util";

import { countText } from "./statistics.mjs";

const SCHEMA = readFileSync(new URL("tool.json", import.meta.url), "utf8");
const MAX_BODY = 16 * 1024 * 1024; // bytes; the text comes twice, inside `inputs` and beside it

class Refusal extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function answer(request) {
  const { pathname } = new URL(request.url, "http://127.0.0.1");
  const route = `${request.method} ${pathname}`;
  if (route === "GET /healthz") return { ok: true };
  if (route === "GET /schema") return JSON.parse(SCHEMA);
  if (route === "POST /run") return run(inputsOf(await bodyOf(request)));
  throw new Refusal(404, `No such route: ${route}`);
}

function run({ text, most, shortest, foldCase }) {
  const found = countText(text, foldCase);
  const listed = found.counts.filter(([word]) => Array.from(word).length >= shortest).slice(0, most);
  return {
    overview: overviewOf(found),
    chart: { x: listed.map(([word]) => word), series: [{ name: "count", y: listed.map(([, count]) => count) }] },
    words: { rows: listed.map(([word, count]) => ({ word, count, share: Number((count / found.words).toFixed(4)) })) },
  };
}

function overviewOf(found) {
  const perSentence = found.sentences === 0 ? 0 : found.words / found.sentences;
  const perWord = found.words === 0 ? 0 : found.letters / found.words;
  return [
    `**${found.words}** words, **${found.counts.length}** of them different, in **${found.sentences}** sentences.`,
    "",
    `- ${found.characters} characters`,
    `- ${perSentence.toFixed(1)} words in a sentence`,
    `- ${perWord.toFixed(1)} letters in a word`,
  ].join("\n");
}

function inputsOf(body) {
  const inputs = body?.inputs;
  if (inputs === null || typeof inputs !== "object") throw new Refusal(422, "The body has no object `inputs`.");
  const { text, most = 12, shortest = 1, fold_case: foldCase = true } = inputs;
  if (typeof text !== "string") throw new Refusal(422, "text: has to be a string.");
  if (typeof foldCase !== "boolean") throw new Refusal(422, "fold_case: has to be true or false.");
  return { text, most: within("most", most, 3, 50), shortest: within("shortest", shortest, 1, 20), foldCase };
}

function within(key, value, least, greatest) {
  if (!Number.isInteger(value) || value < least || value > greatest) {
    throw new Refusal(422, `${key}: has to be a whole number from ${least} to ${greatest}.`);
  }
  return value;
}

async function bodyOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BODY) throw new Refusal(413, `The body is longer than ${MAX_BODY} bytes.`);
    pieces.push(piece);
  }
  try {
    return JSON.parse(Buffer.concat(pieces).toString("utf8"));
  } catch {
    throw new Refusal(400, "The body is not JSON.");
  }
}

const server = createServer(async (request, response) => {
  let status = 200;
  let body;
  try {
    body = await answer(request);
  } catch (problem) {
    status = problem instanceof Refusal ? problem.status : 500;
    body = { detail: problem.message };
    if (status === 500) console.error(problem);
  }
  const text = JSON.stringify(body);
  response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
});

const { values } = parseArgs({ options: { port: { type: "string" } } });
const port = Number(values.port);
if (!Number.isInteger(port) || port < 1 || port > 65535) {
  console.error("usage: main.mjs --port N");
  process.exit(2);
}
process.on("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});
server.listen(port, "127.0.0.1");
