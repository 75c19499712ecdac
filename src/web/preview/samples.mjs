// Views of every page with content as it is in use.

const now = Date.now();
const ago = (minutes) => {
  const at = new Date(now - minutes * 60_000).toISOString();
  return { started_at: at, started_text: at.replace("T", " ").slice(0, 16) + " UTC" };
};

const tools = [
  ["lorenz-ode-solver", "Lorenz attractor", "Solves the Lorenz equations and draws the attractor, its coordinates over time and how fast neighbours part.", "activity", "Science / Dynamics", "running", "pass"],
  ["mandelbrot", "Mandelbrot set", "Draws a part of the Mandelbrot set as a heat map. Written in C++.", "image", "Science / Dynamics", "dormant", "pass"],
  ["long-job", "Count primes", "A long job with progress that can be cancelled at any time.", "timer", "Examples", "dormant", "warn"],
  ["streaming-chat", "Streaming chat", "Answers word by word.", "message-square", "Examples", "dormant", "unchecked"],
  ["disk-usage", "Disk usage", "Lists the largest folders below a folder.", "hard-drive", "System", "dormant", "pass"],
  ["text-stats", "Text statistics", "Counts words, sentences and letters. Written for Node.", "type", "Text", "failed", "fail"],
];
const marks = { pass: ["Validated", "circle-check"], warn: ["Validated with warnings", "triangle-alert"], fail: ["Validation failed", "circle-x"], unchecked: ["Never validated", "circle"] };
const cards = tools.map(([id, name, description, icon, category, status, validation]) => ({
  id, name, description, icon, category, status, status_text: status, validation, validation_text: marks[validation][0], validation_icon: marks[validation][1],
  link: "/tool", broken: id === "text-stats", current: false,
}));
const groups = (key) => [...new Set(cards.map((card) => card.category))].map((name) => ({ name, [key]: cards.filter((card) => card.category === name) }));

export const links = { home: "/", start: "/", settings: "/settings", appearance: "/settings/appearance", runs: "/runs", live: "/live", worker: "", manifest: "/manifest.webmanifest", documentation: "/docs", sign_out: "/out" };

export function frame(active, title, crumbs, body, names, icons, look) {
  const area = (id, label, icon, link, count) => ({ id, label, icon, link, count, current: active === id, tools: false });
  const areas = [area("tools", "Tools", "wrench", "/", ""), area("workbench", "Workbench", "terminal", "/nowhere", ""), area("security", "Security", "shield-check", "/nowhere", "12"), area("runs", "Runs", "history", "/runs", "3"), area("settings", "Settings", "settings", "/settings", "")];
  areas[0].tools = { reload: "/tools-changed", filter: true, groups: groups("entries").map((group) => ({ ...group, entries: group.entries.map((entry) => ({ ...entry, current: active === "tool" && entry.id === "lorenz-ode-solver" })) })) };
  return {
    lang: "en", ...look, next_theme: "dark", title, links, areas, icons, body, crumbs,
    assets: { style: `/static/${names["style.css"]}`, script: `/static/${names["main.js"]}`, icon: `/static/${names["icon.svg"]}`, touch_icon: `/static/${names["icon-192.png"]}` },
    bar: areas.filter((one) => one.id !== "workbench"), running: true, running_count: "3 running", running_link: "/runs?state=running", running_text: "2 tools running",
    user: true, user_name: "ada", version: "0.1.0", address: "127.0.0.1:7860", form_token: "",
    palette_json: JSON.stringify([...cards.map((card) => ({ kind: "tool", text: card.name, link: card.link, note: card.category, icon: card.icon })), { kind: "run", text: "Lorenz attractor, sigma: 10", link: "/run", note: "", icon: "" }, { kind: "setting", text: "Appearance", link: "/settings", note: "", icon: "" }, ...areas.map((one) => ({ kind: "page", text: one.label, link: one.link, note: "", icon: one.icon }))]),
    preferences_json: JSON.stringify({ ...look, developer_mode: false }),
  };
}

const row = (id, badge, state_text, title, note, area_label, duration, minutes, more = {}) => ({ id, badge, state_text, title, note, area_label, duration, link: "/run", ...ago(minutes), progress: "", log_link: "/run", cancel_link: "", repeat_link: "/x", form_token: "", ...more });

function lorenz() {
  let [x, y, z] = [1, 1, 1];
  const path = { x: [], z: [] };
  for (let step = 0; step < 8000; ++step) {
    const h = 0.005;
    [x, y, z] = [x + h * 10 * (y - x), y + h * (x * (28 - z) - y), z + h * (x * y - 2.667 * z)];
    path.x.push(Number(x.toFixed(4)));
    path.z.push(Number(z.toFixed(4)));
  }
  return path;
}

const json = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");
const field = (key, label, value, hint, error = "") => `<div class="field" data-field="${key}"><label class="field-label" for="in-${key}">${label}</label><div class="field-control"><input class="input" id="in-${key}" name="${key}" type="number" step="any" value="${value}" aria-describedby="hint-${key}${error && ` error-${key}`}"${error && ' aria-invalid="true"'}></div><p class="field-hint" id="hint-${key}">${hint}</p>${error && `<p class="field-error" id="error-${key}">${error}</p>`}</div>`;
const card = (key, type, title, hint, body, actions = "") => `<article class="card output-card" id="out-${key}" data-output-key="${key}" data-output-type="${type}"><header class="card-head"><h2 class="card-title">${title}</h2><div class="card-actions">${actions}<button class="icon-button" type="button" data-expand aria-label="Expand ${title}"><svg class="icon" aria-hidden="true"><use href="#i-maximize-2"/></svg></button></div></header>${hint && `<p class="card-hint">${hint}</p>`}<div class="card-body" data-output-body>${body}</div></article>`;

function toolPage() {
  const path = lorenz();
  const times = path.x.filter((_, index) => index % 20 === 0);
  const rows = Array.from({ length: 40 }, (_, index) => [["x", "y", "z"][index % 3], Math.sin(index) * 18, Math.cos(index) * 20, Math.sin(index * 3)]);
  const table = `<pix-table data-page="25" data-filter="20" data-download="summary.csv"><div class="table-wrap" tabindex="0" role="region" aria-label="Summary"><table class="table"><thead><tr><th scope="col" data-type="text">Coordinate</th><th scope="col" class="numeric" data-type="number">Least</th><th scope="col" class="numeric" data-type="number">Greatest</th><th scope="col" class="numeric" data-type="number">Mean</th></tr></thead><tbody>${rows.map((cells) => `<tr>${cells.map((cell, at) => (at ? `<td class="numeric" data-value="${cell}">${cell.toFixed(3)}</td>` : `<td>${cell}</td>`)).join("")}</tr>`).join("")}</tbody></table></div></pix-table>`;
  const lines = Array.from({ length: 300000 }, (_, index) => (index % 97 === 0 ? { level: "warning", message: `step ${index}: the error estimate is large`, t: 1700000000 + index } : index % 1013 === 0 ? { level: "error", message: `step ${index}: rejected`, t: 1700000000 + index } : `INFO step ${index} h=0.005 x=${(Math.sin(index) * 18).toFixed(4)}`));
  const group = (name, fields) => `<fieldset class="field-group"><legend>${name}</legend>${fields}</fieldset>`;
  return `<header class="page-head"><div class="page-heading"><svg class="icon icon-large" aria-hidden="true"><use href="#i-activity"/></svg><h1 class="page-title">Lorenz attractor</h1><span class="badge" data-state="good">Running</span></div><div class="page-actions"><details class="menu" data-menu><summary class="button">History<svg class="icon" aria-hidden="true"><use href="#i-chevron-down"/></svg></summary><div class="menu-items"><a class="menu-item" href="#"><span class="dot" data-state="succeeded"><span class="visually-hidden">ok</span></span><code>0b7c4d16</code><span class="row-note">sigma: 10</span><time datetime="${ago(3).started_at}" data-format="time"></time></a></div></details><a class="button" href="/settings">Settings</a></div><p class="page-purpose">Solves the Lorenz equations and draws the attractor, its coordinates over time and how fast neighbours part.</p></header>
<div class="tool-columns"><section class="tool-inputs" aria-label="Inputs"><form class="form" id="run-form" method="post" action="/tool/run" hx-post="/tool/run" hx-target="#output-panel" data-run-form data-cancel-url="/cancel">
${group("Parameters", field("sigma", "Sigma", 10, "Prandtl number: how quickly x follows y.") + field("rho", "Rho", 28, "Rayleigh number relative to its critical value.", "Rho must be at most 400.") + field("beta", "Beta", 2.667, "Shape of the convection cell."))}
${group("Integration", field("t_end", "End time", 40, "The equations are solved from 0 to this time.") + field("steps", "Steps", 8000, "Number of fourth-order Runge-Kutta steps."))}
<div class="field"><label class="field-label" for="in-noise">Noise</label><div class="field-control"><pix-slider class="slider"><input id="in-noise" type="range" name="noise" min="0" max="1" step="0.05" value="0.2"><output>0.2</output></pix-slider></div></div>
<fieldset class="field"><legend class="field-label">Method</legend><div class="segments"><label class="segment"><input type="radio" name="method" value="rk4" checked><span>RK4</span></label><label class="segment"><input type="radio" name="method" value="euler"><span>Euler</span></label></div></fieldset>
<div class="field" data-show-if='{"key":"method","equals":"euler"}'><label class="field-label" for="in-damp">Damping</label><div class="field-control"><input class="input" id="in-damp" name="damp" type="number" value="0"></div></div>
<div class="field"><label class="switch"><input type="checkbox" role="switch" name="adaptive" value="true" checked><span class="switch-track"></span> Adaptive steps</label></div>
<div class="field"><label class="field-label" for="in-tags">Tags <span class="field-optional">optional</span></label><div class="field-control"><pix-tags data-suggestions='["chaos"]'><input class="input" id="in-tags" name="tags" value='["chaos","ode"]'></pix-tags></div></div>
<div class="field"><label class="field-label" for="in-start">Start points</label><div class="field-control"><pix-grid data-columns='[{"key":"x","label":"x","type":"number"},{"key":"y","label":"y","type":"number"}]' data-min-rows="2" data-max-rows="5"><textarea class="textarea mono" id="in-start" name="start">[{"x":1,"y":1}]</textarea></pix-grid></div></div>
<div class="field"><label class="field-label" for="in-file">Data</label><div class="field-control"><pix-file data-max-mb="10"><input id="in-file" type="file" name="data" accept=".csv"></pix-file></div></div>
<div class="field"><label class="field-label" for="in-json">Options</label><div class="field-control"><pix-json><textarea class="textarea mono" id="in-json" name="options" rows="4" spellcheck="false">{"dense": true}</textarea></pix-json></div></div>
</form><div class="form-actions"><button class="button button-primary" type="submit" form="run-form" data-run-button>Run <kbd>Ctrl ⏎</kbd></button><button class="button button-quiet" type="reset" form="run-form">Reset</button><span class="run-timer numeric" data-run-timer hidden></span><button class="button" type="button" data-run-cancel hidden>Cancel</button></div></section>
<section class="tool-outputs" id="output-panel" aria-label="Outputs">
${card("attractor", "chart_line", "Attractor", "x against z, the view in which the two wings stand side by side.", `<pix-chart class="chart"><script type="application/json">${json({ kind: "line", title: "Attractor", x_label: "x", y_label: "z", x: path.x, series: [{ name: "z", y: path.z }] })}</script></pix-chart>`)}
${card("coordinates", "chart_line", "Coordinates over time", "", `<pix-chart class="chart"><script type="application/json">${json({ kind: "line", title: "Coordinates", x_label: "t", y_label: "x, z", x: times.map((_, index) => index / 10), series: [{ name: "x", y: times }, { name: "z", y: path.z.filter((_, index) => index % 20 === 0) }] })}</script></pix-chart>`)}
<div class="inline-outputs">${card("exponent", "number", "Largest Lyapunov exponent", "", '<p class="value-number numeric">0.906 <span class="value-unit">1/t</span></p>')}${card("chaotic", "boolean", "Chaotic", "", '<span class="badge" data-state="good">Yes</span>')}</div>
${card("summary", "table", "Summary", "", table)}
${card("progress", "progress", "Progress", "", '<div class="progress"><div class="progress-head"><span class="progress-label">Solving</span><span class="progress-text">40 % · 12 s left</span></div><progress max="1" value="0.4" aria-label="Solving">40 %</progress></div>')}
${card("integration", "kv", "Integration", "", '<dl class="kv"><div><dt>Method</dt><dd>Runge-Kutta 4</dd></div><div><dt>Step</dt><dd>0.005</dd></div></dl>')}
${card("log", "log", "Log", "", `<pix-log class="log" data-name="Log"><script type="application/json">${json({ lines })}</script></pix-log>`)}
<section class="pixie-error" role="alert" data-error-kind="run" data-tool-id="lorenz-ode-solver"><h2 class="error-title"><svg class="icon" aria-hidden="true"><use href="#i-circle-alert"/></svg>The tool answered 500</h2><p class="error-message">division by zero</p><details class="error-details"><summary>Details</summary><pre class="value-pre" id="error-text-2" tabindex="0">Traceback (most recent call last): …</pre></details><div class="error-actions"><button class="button" type="button">Try again</button></div></section>
</section></div>`;
}

function chartsPage() {
  const wave = Array.from({ length: 40 }, (_, index) => Math.sin(index / 6) + 1.5);
  const kinds = [
    { kind: "scatter", title: "Scatter", x_label: "width", y_label: "height", series: [{ name: "a", points: wave.map((y, index) => ({ x: index + Math.cos(index * 7), y })) }, { name: "b", points: wave.map((y, index) => ({ x: index, y: 3 - y })) }] },
    { kind: "bar", title: "Bar", x: ["Mon", "Tue", "Wed", "Thu"], series: [{ name: "in", y: [3, 5, 2, 8] }, { name: "out", y: [2, 4, 6, 3] }] },
    { kind: "area", title: "Area", x: wave.map((_, index) => index), series: [{ name: "cpu", y: wave }, { name: "io", y: wave.map((y) => y / 2) }] },
    { kind: "heatmap", title: "Heat map", z: Array.from({ length: 12 }, (_, row) => Array.from({ length: 24 }, (_, column) => Math.sin(row / 3) * Math.cos(column / 4))) },
    { kind: "pie", title: "Pie", donut: true, slices: [{ label: "code", value: 60 }, { label: "tests", value: 30 }, { label: "docs", value: 10 }] },
    { kind: "histogram", title: "Histogram", values: wave.flatMap((y, index) => [y, y * Math.cos(index)]), x_label: "value", y_label: "count" },
    { kind: "boxplot", title: "Box plot", series: [{ name: "a", values: wave }, { name: "b", values: wave.map((y) => y * y) }] },
  ];
  return `<header class="page-head"><div class="page-heading"><h1 class="page-title">Charts</h1></div></header><div class="stack">${kinds.map((figure) => card(figure.kind, `chart_${figure.kind}`, figure.title, "", `<pix-chart class="chart"><script type="application/json">${json(figure)}</script></pix-chart>`)).join("")}</div>`;
}

const about = [{ name: "Version", value: "0.1.0" }, { name: "Home", value: "~/.local/share/pix" }, { name: "Address", value: "127.0.0.1:7860" }];
const choice = (values, chosen) => values.map(([value, label, icon]) => ({ value, label, icon, selected: value === chosen }));
const common = { links, form_token: "" };

/** Path -> template or HTML, view, area, title, crumbs. */
export const pages = {
  "/": { template: "dashboard", active: "tools", title: "Tools", crumbs: [{ text: "Tools", link: "" }], view: { ...common, greeting: "Good morning", summary: "6 tools, 1 running", has_recent: true, live_after: "0", workspace_empty: false, recent: [{ tool_name: "Lorenz attractor", summary: "sigma: 10", link: "/tool", state: "succeeded", state_text: "ok", ...ago(3) }, { tool_name: "Count primes", summary: "limit: 10000000", link: "/tool", state: "running", state_text: "running", ...ago(0) }, { tool_name: "Text statistics", summary: "text: The quick brown fox jumps over the lazy dog and goes on…", link: "/tool", state: "failed", state_text: "error", ...ago(190) }], categories: groups("tools") } },
  "/tool": { html: toolPage, active: "tool", title: "Lorenz attractor", crumbs: [{ text: "Tools", link: "/" }, { text: "Lorenz attractor", link: "" }] },
  "/charts": { html: chartsPage, active: "tool", title: "Charts", crumbs: [{ text: "Tools", link: "/" }, { text: "Charts", link: "" }] },
  "/runs": { template: "runs", active: "runs", title: "Runs", crumbs: [{ text: "Runs", link: "" }], view: { ...common, filter_text: "", states: choice([["running", "Running"], ["failed", "Failed"]], ""), area_options: choice([["tools", "Tools"]], ""), live_after: "0", reload: "/runs", has_rows: true, filtered: false, older: "/runs?before=x", newest: "", rows: [row("job_1", "info", "Running", "Count primes", "limit: 10000000", "Tools", "12.4 s", 0, { progress: "40 %", cancel_link: "/x" }), row("job_2", "neutral", "Waiting", "Nightly scan of pix", "main", "Security", "", 2, { cancel_link: "/x" }), row("job_3", "good", "Succeeded", "Lorenz attractor", "sigma: 10", "Tools", "0.3 s", 3), row("job_4", "bad", "Failed", "Text statistics", "the tool answered 500", "Tools", "0.1 s", 190), row("job_5", "neutral", "Cancelled", "Count primes", "limit: 900000000000", "Tools", "1 min 4 s", 4000)] } },
  "/runs-none": { template: "runs", active: "runs", title: "Runs", crumbs: [{ text: "Runs", link: "" }], view: { ...common, filter_text: "", states: [], area_options: [], live_after: "0", reload: "/runs", has_rows: false, filtered: false, older: "", newest: "", rows: [] } },
  "/run": { template: "run", active: "runs", title: "Lorenz attractor", crumbs: [{ text: "Runs", link: "/runs" }, { text: "Lorenz attractor", link: "" }], view: { ...common, id: "job_0f3kq", title: "Lorenz attractor", badge: "good", state_text: "Succeeded", kind: "tool run", message: "", ...ago(3), duration: "0.3 s", actor: "local", attempt: "1", open_link: "/tool", cancel_link: "", repeat_link: "/x", log_url: "/log", log_stream: "", live_after: "0", reload: "/run" } },
  "/settings": { template: "settings", active: "settings", title: "Settings", crumbs: [{ text: "Settings", link: "" }], view: { ...common, themes: choice([["light", "Light", "sun"], ["dark", "Dark", "moon"], ["system", "As the system", "monitor"]], "system"), accents: choice(["indigo", "slate", "forest", "ember", "ocean", "teal", "plum", "rose"].map((name) => [name, name[0].toUpperCase() + name.slice(1)]), "indigo"), densities: choice([["comfortable", "Comfortable"], ["compact", "Compact"]], "comfortable"), sections: "", about } },
  "/empty": { template: "empty", active: "tools", title: "No tools yet", crumbs: [{ text: "Tools", link: "" }], view: { ...common, archived: false, archived_tools: [], tools_folder: "~/.local/share/pix/tools", example: '{"id": "reverse-text", "name": "Reverse text",\n "inputs":  [{"key": "phrase", "type": "text", "label": "Phrase"}],\n "outputs": [{"key": "reversed", "type": "text", "label": "Reversed"}]}' } },
  "/missing": { template: "not_found", active: "", title: "Not found", crumbs: [{ text: "Not found", link: "" }], view: { ...common, path: "/missing" } },
  "/error": { template: "error", active: "", title: "Error", crumbs: [{ text: "Error", link: "" }], view: { ...common, kind: "internal", tool_id: "", headline: "The database is locked", message: "Another program holds the database for more than 5 seconds.", hint: "Close it, then try again.", details: "unavailable: database is locked (5)", actions: [{ label: "Try again", link: "/error", post: false }], request_id: "req_0f3k" } },
};
