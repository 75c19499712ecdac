import { element } from "./element";
import { text } from "./texts";

/** How a value meets what is there: an increment, one of several outputs at once, or the last word. */
export type Mode = "append" | "several" | "final";

type Figure = { x?: unknown[]; series?: { name?: string; y?: unknown[] }[] };
export type ChartElement = HTMLElement & { figure?: Figure; setFigure?(value: Figure): void };
export type LogElement = HTMLElement & { append(lines: unknown[]): void; replace(lines: unknown[]): void };

const appendingCharts = new Set(["chart_line", "chart_area", "chart_bar"]);

function bodyOf(card: HTMLElement): HTMLElement {
  return card.querySelector<HTMLElement>("[data-output-body]") ?? card;
}

function scalar(value: unknown): unknown {
  return typeof value === "object" && value !== null && "value" in value ? (value as { value: unknown }).value : value;
}

/** Puts a value into a card. False: the server has to draw it. */
export function applyValue(card: HTMLElement, value: unknown, mode: Mode): boolean {
  const type = card.dataset.outputType ?? "";
  const body = bodyOf(card);
  if (type === "stream_text") return applyText(body, String(scalar(value) ?? ""), mode);
  if (type === "log") return applyLog(body, value, mode);
  if (type === "progress") return applyProgress(body, value);
  if (type.startsWith("chart_")) return applyChart(body, type, value, mode);
  if (type === "text" || type === "number") {
    const shown = element("p", { class: type === "number" ? "value-number numeric" : "value-text" }, String(scalar(value) ?? ""));
    body.replaceChildren(shown);
  }
  card.dataset.stale = "";
  return false;
}

function applyText(body: HTMLElement, value: string, mode: Mode): boolean {
  let area = body.querySelector<HTMLElement>("[data-stream-text]");
  if (!area) {
    area = element("pre", { class: "value-pre", "data-stream-text": true });
    body.replaceChildren(area);
  }
  const atEnd = area.scrollTop + area.clientHeight >= area.scrollHeight - 8;
  if (mode !== "final") area.append(value);
  else if (value) area.textContent = value;
  if (atEnd) area.scrollTop = area.scrollHeight;
  return true;
}

function applyLog(body: HTMLElement, value: unknown, mode: Mode): boolean {
  const lines = Array.isArray(value) ? value : ((value as { lines?: unknown[] } | null)?.lines ?? []);
  let log = body.querySelector<LogElement>("pix-log");
  if (!log) {
    log = element("pix-log" as "div", { class: "log" }) as unknown as LogElement;
    body.replaceChildren(log);
  }
  const view = log;
  void customElements.whenDefined("pix-log").then(() => (mode === "append" ? view.append(lines) : view.replace(lines)));
  return true;
}

function applyProgress(body: HTMLElement, value: unknown): boolean {
  const label = (value as { label?: string } | null)?.label;
  const given = scalar(value);
  let bar = body.querySelector("progress");
  if (!bar) {
    body.replaceChildren(
      element(
        "div",
        { class: "progress" },
        element("div", { class: "progress-head" }, element("span", { class: "progress-label" }), element("span", { class: "progress-text" })),
        element("progress", { max: "1", "aria-label": text("running") }),
      ),
    );
    bar = body.querySelector("progress")!;
  }
  if (!bar.dataset.since) bar.dataset.since = String(Date.now());
  const name = body.querySelector(".progress-label");
  const note = body.querySelector(".progress-text");
  if (label && name) name.textContent = label;
  if (typeof given !== "number") {
    bar.removeAttribute("value");
    if (note) note.textContent = "";
    return true;
  }
  const part = Math.min(1, Math.max(0, given > 1 ? given / 100 : given));
  bar.value = part;
  const elapsed = (Date.now() - Number(bar.dataset.since)) / 1000;
  const left = part > 0.02 && part < 1 && elapsed > 1 ? ` · ${text("remaining", { time: `${Math.ceil((elapsed / part) * (1 - part))} s` })}` : "";
  if (note) note.textContent = `${Math.round(part * 100)} %${left}`;
  return true;
}

function chartOf(body: HTMLElement, type: string): ChartElement {
  const found = body.querySelector<ChartElement>("pix-chart");
  if (found) return found;
  const made = element("pix-chart" as "div", { class: "chart" }) as unknown as ChartElement;
  made.append(element("script", { type: "application/json" }, JSON.stringify({ kind: type.slice("chart_".length) })));
  body.replaceChildren(made);
  return made;
}

function applyChart(body: HTMLElement, type: string, value: unknown, mode: Mode): boolean {
  if (typeof value !== "object" || value === null) return true;
  const chart = chartOf(body, type);
  void customElements.whenDefined("pix-chart").then(() => {
    const increment = value as Figure;
    chart.setFigure?.(mode === "append" && appendingCharts.has(type) ? joined(chart.figure ?? {}, increment) : increment);
  });
  return true;
}

function joined(figure: Figure, more: Figure): Figure {
  const series = (figure.series ?? []).map((one) => ({ ...one }));
  for (const added of more.series ?? []) {
    const found = series.find((one) => one.name === added.name);
    if (found) found.y = [...(found.y ?? []), ...(added.y ?? [])];
    else series.push(added);
  }
  return { ...more, x: [...(figure.x ?? []), ...(more.x ?? [])], series };
}

/** `{"x": 3, "y": 0.2, "val_y": 0.3}` beside other outputs adds one point to a chart's series. */
export function appendPoint(card: HTMLElement, shape: Record<string, unknown>): void {
  const type = card.dataset.outputType ?? "";
  if (!appendingCharts.has(type) || shape.x === undefined || card.dataset.outputKey! in shape) return;
  const chart = chartOf(bodyOf(card), type);
  if (Array.isArray(shape.x)) {
    applyChart(bodyOf(card), type, shape, "several");
    return;
  }
  void customElements.whenDefined("pix-chart").then(() => {
    const first = chart.figure?.series?.[0]?.name ?? "y";
    const series = Object.entries(shape)
      .filter(([key]) => key === "y" || key.endsWith("_y"))
      .map(([key, y]) => ({ name: key === "y" ? first : key.slice(0, -2), y: [y] }));
    if (series.length) chart.setFigure?.(joined(chart.figure ?? {}, { x: [shape.x], series }));
  });
}
