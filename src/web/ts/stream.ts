import { startTimer } from "./run";
import { applyValue, appendPoint, type Mode } from "./stream_value";
import { text } from "./texts";

type Shape = Record<string, unknown> & { output_key?: string; value?: unknown; chunk?: string; done?: boolean };

/**
 * Follows the events of one run and puts their values into its output cards. It survives a lost connection (the browser reconnects with
 * the last event's id) and ends at `done`.
 */
class RunStream {
  private readonly source: EventSource;
  private readonly cards = new Map<string, HTMLElement>();
  private readonly streaming: Set<string>;
  private readonly stopTimer: () => void;
  private stale = false;

  constructor(private readonly root: HTMLElement) {
    for (const card of root.querySelectorAll<HTMLElement>("[data-output-key]")) this.cards.set(card.dataset.outputKey!, card);
    this.streaming = new Set(this.cards.keys());
    const timer = root.querySelector<HTMLElement>("[data-run-timer]");
    const since = Date.parse(timer?.dataset.since ?? "") || Date.now();
    this.stopTimer = startTimer(timer, root.querySelector<HTMLElement>("[data-run-cancel]"), Math.min(since, Date.now()));

    this.source = new EventSource(root.getAttribute("sse-connect")!);
    this.source.addEventListener("message", (event) => this.message(event.data as string));
    for (const key of this.cards.keys())
      this.source.addEventListener(`output:${key}`, (event) => this.put(key, JSON.parse((event as MessageEvent<string>).data), "append"));
    this.source.addEventListener("done", () => this.finish("good", text("done")));
    this.source.addEventListener("open", () => this.note(""));
    this.source.addEventListener("error", (event) => this.failed(event));
  }

  private failed(event: Event): void {
    if (event instanceof MessageEvent && event.data) {
      const { message } = JSON.parse(event.data as string) as { message?: string };
      this.finish("bad", text("broken"));
      this.note(message ?? "");
    } else if (!this.root.isConnected) {
      this.finish("neutral", text("done"));
    } else if (this.source.readyState === EventSource.CLOSED) {
      this.finish("bad", text("broken"));
      this.note(text("unreachable"));
    } else {
      this.note(text("lost"));
    }
  }

  private message(data: string): void {
    let shape: Shape;
    try {
      shape = JSON.parse(data) as Shape;
    } catch {
      return;
    }
    if (typeof shape !== "object" || shape === null) return;
    if (typeof shape.output_key === "string") {
      this.put(shape.output_key, shape.value, "append");
      if (shape.done) this.streaming.delete(shape.output_key);
      return;
    }
    const mode: Mode = shape.done ? "final" : "several";
    if (typeof shape.chunk === "string") {
      const card = [...this.cards.values()].find((one) => one.dataset.outputType === "stream_text");
      if (card) this.put(card.dataset.outputKey!, shape.chunk, "append");
    }
    for (const key of this.cards.keys()) if (key in shape) this.putSeveral(key, shape, mode);
    for (const card of this.cards.values()) if (mode === "several") appendPoint(card, shape);
  }

  private putSeveral(key: string, shape: Shape, mode: Mode): void {
    this.put(key, shape[key], mode);
  }

  private put(key: string, value: unknown, mode: Mode): void {
    const card = this.cards.get(key);
    if (card && !applyValue(card, value, mode)) this.stale = true;
  }

  private note(message: string): void {
    const note = this.root.querySelector(".run-note");
    if (note) note.textContent = message;
  }

  private finish(state: string, word: string): void {
    this.source.close();
    this.stopTimer();
    const badge = this.root.querySelector<HTMLElement>("[data-stream-state]");
    if (badge && badge.dataset.state === "info") {
      badge.dataset.state = state;
      badge.textContent = word;
    }
    this.root.dispatchEvent(new CustomEvent("pix:run-done", { bubbles: true }));
    if (this.stale && state === "good") void this.loadFinal();
  }

  /** Values whose drawing is the server's are loaded as it draws them, once the run has ended. */
  private async loadFinal(): Promise<void> {
    const url = this.root.dataset.finalUrl;
    if (!url) return;
    const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Target": "output-panel" } }).catch(() => undefined);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const [key, card] of this.cards) {
      const fresh = page.querySelector(`[data-output-key="${CSS.escape(key)}"] [data-output-body]`);
      if (fresh && card.dataset.stale !== undefined) card.querySelector("[data-output-body]")?.replaceWith(document.importNode(fresh, true));
    }
  }
}

export function startStream(root: HTMLElement): void {
  new RunStream(root);
}
