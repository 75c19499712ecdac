import plotly from "plotly.js-strict-dist-min";
import { element, freshId } from "./element";
import { countPoints, dataRows, isPath, layout, namesOf, traces, type Colours, type Figure } from "./figure";
import { text } from "./texts";

const rowsInTable = 200;

/** The colour that a token stands for on this element now: Plotly takes neither variables nor light-dark(). */
function colourOf(probe: HTMLElement, token: string): string {
  probe.style.color = `var(--${token})`;
  const parts = getComputedStyle(probe).color.match(/[\d.]+/g)?.map(Number) ?? [0, 0, 0];
  return `#${parts.slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;
}

function coloursOf(host: HTMLElement): Colours {
  const probe = element("span", { hidden: true });
  host.append(probe);
  const of = (token: string): string => colourOf(probe, token);
  const colours: Colours = {
    series: Array.from({ length: 8 }, (_, index) => of(`series-${index + 1}`)),
    text: of("text"),
    second: of("text-second"),
    grid: of("border"),
    surface: of("raised"),
    scale: [[0, of("scale-low")], [0.5, of("scale-middle")], [1, of("scale-high")]],
  };
  probe.remove();
  return colours;
}

/** Draws a figure; the colours follow the theme, the size the card. */
class ChartElement extends HTMLElement {
  figure: Figure | undefined;
  private canvas: HTMLElement | undefined;
  private ending: AbortController | undefined;
  private resize: ResizeObserver | undefined;
  private drawing = false;
  private again = false;
  private details: HTMLDetailsElement | undefined;

  connectedCallback(): void {
    this.ending = new AbortController();
    document.addEventListener("pix:theme", () => void this.draw(), { signal: this.ending.signal });
    this.canvas = element("div", { class: "chart-canvas", role: "img" });
    const source = this.querySelector("script[type='application/json']")?.textContent;
    this.append(this.canvas);
    this.resize = new ResizeObserver(() => this.canvas?.querySelector(".main-svg") && plotly.Plots.resize(this.canvas));
    this.resize.observe(this);
    try {
      if (source) this.setFigure(JSON.parse(source) as Figure);
    } catch {
      this.fail();
    }
  }

  disconnectedCallback(): void {
    this.ending?.abort();
    this.resize?.disconnect();
    if (this.canvas) plotly.purge(this.canvas);
    this.canvas?.remove();
    this.details?.remove();
    this.details = undefined;
  }

  /** Keeps the kind and the labels of the figure before when the new one has none. */
  setFigure(figure: Partial<Figure>): void {
    this.figure = { ...(this.figure ?? { kind: "line" }), ...figure };
    void this.draw();
  }

  private async draw(): Promise<void> {
    if (!this.figure || !this.canvas) return;
    if (this.drawing) {
      this.again = true;
      return;
    }
    this.drawing = true;
    const figure = this.figure;
    if (isPath(figure)) this.dataset.shape = "square";
    const style = getComputedStyle(this);
    const colours = coloursOf(this);
    const font = { family: style.fontFamily, size: 12 };
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    try {
      await plotly.react(this.canvas, traces(figure, colours), layout(figure, colours, font, still), { displaylogo: false, responsive: false, displayModeBar: false, scrollZoom: false });
      this.describe(figure);
    } catch {
      this.fail();
    }
    this.drawing = false;
    if (this.again) {
      this.again = false;
      requestAnimationFrame(() => void this.draw());
    }
  }

  private describe(figure: Figure): void {
    const points = countPoints(figure);
    const summary = text("chart_summary", { kind: figure.kind, names: namesOf(figure).join(", ") || (figure.title ?? ""), points });
    this.canvas?.setAttribute("aria-label", `${figure.title ?? ""}: ${summary}`);
    if (this.details) {
      if (this.details.open) this.fill(this.details, figure, points);
      return;
    }
    const details = element("details", { class: "chart-data" }, element("summary", {}, text("chart_data")));
    details.addEventListener("toggle", () => details.open && this.figure && this.fill(details, this.figure, countPoints(this.figure)));
    this.after(details);
    this.details = details;
  }

  private fill(details: HTMLDetailsElement, figure: Figure, points: number): void {
    const { head, rows } = dataRows(figure, rowsInTable);
    const id = freshId("chart-data");
    const table = element(
      "table",
      { class: "table" },
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", { class: "numeric" }, cell))))),
    );
    details.replaceChildren(
      details.firstElementChild!,
      element("p", { id, class: "muted" }, text("chart_points", { points, shown: rows.length })),
      element("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-labelledby": id }, table),
    );
  }

  private fail(): void {
    this.replaceChildren(element("p", { class: "empty-line" }, text("chart_failed")));
  }
}

export function define(): void {
  if (!customElements.get("pix-chart")) customElements.define("pix-chart", ChartElement);
}
