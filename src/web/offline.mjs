// What makes Pix installable: the web manifest, and a service worker whose one duty is a page for when the server is away.
// All addresses are relative, because Pix may live below a path.
import { readFileSync } from "node:fs";

function textsOf(file, section) {
  const found = {};
  let current = "";
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const head = /^\[(\w+)\]/.exec(line);
    if (head) current = head[1];
    const pair = /^(\w+) = (".*")$/.exec(line);
    if (pair && current === section) found[pair[1]] = JSON.parse(pair[2]);
  }
  return found;
}

export function webManifest(names) {
  return JSON.stringify({
    name: "Pix",
    short_name: "Pix",
    description: "Tools, agents, security and workflows of one developer's bench",
    id: "./",
    start_url: "./",
    scope: "./",
    display: "standalone",
    background_color: "#ffffff",
    theme_color: "#f7f7f8",
    icons: [
      { src: `static/${names["icon-192.png"]}`, sizes: "192x192", type: "image/png", purpose: "any maskable" },
      { src: `static/${names["icon-512.png"]}`, sizes: "512x512", type: "image/png", purpose: "any maskable" },
      { src: `static/${names["icon.svg"]}`, sizes: "any", type: "image/svg+xml" },
    ],
  });
}

/** The page asks again by itself, through its address and without script. */
export function offlinePage(file, names) {
  const t = textsOf(file, "error");
  return `<!doctype html>
<html lang="en" data-theme="system">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta http-equiv="refresh" content="5"><title>${t.offline_title}</title>
<link rel="stylesheet" href="STATIC${names["style.css"]}"></head>
<body><main class="content"><div class="empty"><h1 class="page-title">${t.offline_title}</h1><p class="empty-text">${t.offline_text}</p></div></main></body>
</html>
`;
}

export function workerScript(names) {
  return `const kept = "pix-${names["style.css"]}";
const at = (path) => new URL("static/" + path, self.registration.scope).href;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll([at("offline.html"), at("${names["style.css"]}")])));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter((name) => name.startsWith("pix-") && name !== kept).map((name) => caches.delete(name)))));
});

async function offline() {
  const page = await caches.match(at("offline.html"));
  if (!page) return Response.error();
  const text = (await page.text()).replaceAll("STATIC", at(""));
  return new Response(text, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": "default-src 'none'; style-src 'self'" } });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch(offline));
  else if (request.url === at("${names["style.css"]}")) event.respondWith(caches.match(request).then((found) => found ?? fetch(request)));
});
`;
}
