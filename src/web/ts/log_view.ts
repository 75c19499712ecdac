import { element, iconButton } from "./element";
import { copyText } from "./copy_button";
import { LogLines } from "./log_lines";
import { text } from "./texts";
import { toast } from "./toasts";

const overscan = 20;
/** Browsers give up on elements taller than some 16 million pixels; beyond that the scroll bar stands for more than one pixel. */
const tallest = 8_000_000;

/** Shows a log of any length by drawing only the lines in view. */
class LogElement extends HTMLElement {
  private readonly log = new LogLines();
  private readonly view = element("div", { class: "log-view", tabindex: "0", role: "log", "aria-live": "off" });
  private readonly sizer = element("div", { class: "log-sizer" });
  private readonly count = element("span", { class: "push", role: "status" });
  private readonly follow = element("input", { type: "checkbox" });
  private ending: AbortController | undefined;
  private queued = false;
  private rest = "";

  connectedCallback(): void {
    if (this.ending) return;
    this.ending = new AbortController();
    const { signal } = this.ending;
    const inline = this.querySelector("script[type='application/json']")?.textContent;
    this.view.setAttribute("aria-label", this.dataset.name ?? "Log");
    this.view.append(this.sizer);
    this.replaceChildren(this.bar(), this.view);
    this.follow.checked = this.dataset.follow !== undefined;
    this.view.addEventListener("scroll", () => this.later(), { signal, passive: true });
    this.view.addEventListener("wheel", (event) => event.deltaY < 0 && this.unfollow(), { signal, passive: true });
    this.addEventListener("pix:live", (event) => this.live(event as CustomEvent<{ data?: { lines?: unknown[]; text?: string } }>), { signal });
    const resized = new ResizeObserver(() => this.later());
    resized.observe(this.view);
    signal.addEventListener("abort", () => resized.disconnect());
    if (inline) this.addLines((JSON.parse(inline) as { lines?: unknown[] }).lines ?? []);
    if (this.dataset.url) void this.read(this.dataset.url, signal);
    else this.later();
  }

  disconnectedCallback(): void {
    this.ending?.abort();
    this.ending = undefined;
  }

  /** Adds lines at the end. */
  override append(...values: (Node | string | unknown[])[]): void {
    for (const value of values)
      if (Array.isArray(value)) this.addLines(value);
      else super.append(value);
  }

  /** Shows these lines instead. */
  replace(lines: unknown[]): void {
    this.log.clear();
    this.addLines(lines);
  }

  private addLines(lines: unknown[]): void {
    this.log.add(lines);
    this.later();
  }

  private addText(chunk: string): void {
    const lines = (this.rest + chunk).split("\n");
    this.rest = lines.pop() ?? "";
    if (lines.length) this.addLines(lines);
  }

  private live(event: CustomEvent<{ data?: { lines?: unknown[]; text?: string } }>): void {
    event.preventDefault();
    const { data } = event.detail;
    if (data?.lines) this.addLines(data.lines);
    else if (typeof data?.text === "string") this.addText(data.text);
  }

  private async read(url: string, signal: AbortSignal): Promise<void> {
    try {
      const answer = await fetch(url, { signal, headers: { Accept: "text/plain" } });
      if (!answer.ok || !answer.body) throw new Error(String(answer.status));
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) this.addText(part.value);
      if (this.rest) this.addText("\n");
      if (this.dataset.stream) this.setAttribute("data-live", this.dataset.stream);
    } catch {
      if (!signal.aborted) this.failed(url);
    }
  }

  private failed(url: string): void {
    const again = element("button", { type: "button", class: "button button-small" }, text("retry"));
    const note = element("p", { class: "log-bar", role: "alert" }, text("log_failed"), again);
    again.addEventListener("click", () => {
      note.remove();
      this.log.clear();
      void this.read(url, this.ending!.signal);
    });
    this.view.before(note);
  }

  private bar(): HTMLElement {
    const search = element("input", { class: "input", type: "search", "aria-label": text("search_log"), placeholder: text("search_log") });
    const level = element("select", { class: "select", "aria-label": text("level") }, element("option", { value: "" }, text("all_levels")));
    for (const name of ["debug", "info", "warning", "error"]) level.append(element("option", { value: name }, name));
    const wrap = element("input", { type: "checkbox" });
    const copy = iconButton("copy", text("copy"));
    const refilter = (): void => {
      this.log.filter(level.value, search.value.trim());
      this.later();
    };
    search.addEventListener("input", refilter);
    level.addEventListener("change", refilter);
    wrap.addEventListener("change", () => {
      this.toggleAttribute("data-wrap", wrap.checked);
      this.later();
    });
    this.follow.addEventListener("change", () => this.later());
    copy.addEventListener("click", () => void this.copy(Array.from({ length: this.log.count }, (_, row) => this.log.at(row).line.text)));
    const check = (box: HTMLInputElement, key: string): HTMLElement => element("label", { class: "check" }, box, text(key));
    return element("div", { class: "log-bar" }, search, level, check(this.follow, "follow"), check(wrap, "wrap"), this.count, copy);
  }

  private async copy(lines: string[]): Promise<void> {
    const copied = await copyText(lines.join("\n"));
    toast(copied ? { text: text("copied"), kind: "success" } : { text: text("copy_failed"), kind: "error" });
  }

  private unfollow(): void {
    this.follow.checked = false;
  }

  private later(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.draw();
    });
  }

  private draw(): void {
    const lineHeight = parseFloat(getComputedStyle(this.view).lineHeight) || 20;
    const count = this.log.count;
    const full = count * lineHeight;
    const height = Math.min(full, tallest);
    const room = this.view.clientHeight || 400;
    this.toggleAttribute("data-short", full < 420);
    this.sizer.style.height = `${Math.max(height, lineHeight)}px`;
    this.sizer.style.minWidth = this.hasAttribute("data-wrap") ? "" : `${Math.min(this.log.longest, 4000) + 24}ch`;
    if (this.follow.checked) this.view.scrollTop = height;
    const share = height > room ? this.view.scrollTop / (height - room) : 0;
    const top = full > tallest ? share * (full - room) : this.view.scrollTop;
    const first = Math.max(0, Math.floor(top / lineHeight) - overscan);
    const last = Math.min(count, Math.ceil((top + room) / lineHeight) + overscan);
    const shift = full > tallest ? this.view.scrollTop - (top - first * lineHeight) : first * lineHeight;
    const lines = element("div", {});
    lines.style.transform = `translateY(${Math.max(0, shift)}px)`;
    for (let row = first; row < last; ++row) lines.append(this.line(row));
    if (!count) lines.append(element("p", { class: "log-line muted" }, text("no_lines")));
    this.sizer.replaceChildren(lines);
    this.count.textContent = text("lines", { shown: count.toLocaleString(), all: this.log.lines.length.toLocaleString() });
  }

  private line(row: number): HTMLElement {
    const { line, place } = this.log.at(row);
    const shown = element("div", { class: "log-line", "data-level": line.level || undefined }, element("span", { class: "log-number" }, String(place + 1)));
    if (line.time) shown.append(element("span", { class: "log-time" }, line.time));
    if (line.level && !line.said) shown.append(element("span", { class: "log-level" }, line.level));
    shown.append(element("span", {}, line.text.slice(0, 4000)));
    return shown;
  }
}

export function define(): void {
  if (!customElements.get("pix-log")) customElements.define("pix-log", LogElement);
}
