import { each } from "./each";
import { fragmentOf, reloadPart, swapIn } from "./live_part";
import { element } from "./element";
import { text } from "./texts";
import { toast } from "./toasts";

type Frame = { stream?: string; number?: number; kind: string; html?: string; data?: unknown };
export type LiveEvent = CustomEvent<{ stream: string; kind: string; data: unknown; number: number }>;

const slowest = 30_000;

/** The tab's one WebSocket: keeps the streams named by `data-live` in the page subscribed and puts what arrives in place. */
class Live {
  private socket: WebSocket | undefined;
  private numbers = new Map<string, number | null>();
  private wait = 500;
  private notice: HTMLElement | undefined;
  private pending = new Map<HTMLElement, ReturnType<typeof setTimeout>>();

  constructor(private readonly url: string) {
    document.addEventListener("visibilitychange", () => !document.hidden && this.connect());
    addEventListener("online", () => this.connect());
    addEventListener("pagehide", () => this.socket?.close());
    addEventListener("pageshow", (event) => event.persisted && this.connect());
  }

  watch(part: HTMLElement): void {
    const stream = part.dataset.live!;
    if (!stream || this.numbers.has(stream)) return;
    const after = part.dataset.liveAfter;
    this.numbers.set(stream, after === undefined || after === "" ? null : Number(after));
    if (this.socket?.readyState === WebSocket.OPEN) this.send({ subscribe: { [stream]: this.numbers.get(stream) } });
    else this.connect();
  }

  private parts(stream: string): HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(`[data-live="${CSS.escape(stream)}"]`)];
  }

  private connect(): void {
    if (!this.numbers.size || (this.socket && this.socket.readyState <= WebSocket.OPEN)) return;
    const address = new URL(this.url, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.wait = 500;
      this.notice?.remove();
      this.notice = undefined;
      this.send({ subscribe: Object.fromEntries(this.numbers) });
    });
    socket.addEventListener("message", (event: MessageEvent<string>) => this.receive(JSON.parse(event.data) as Frame[]));
    socket.addEventListener("close", () => this.retry(socket));
  }

  private retry(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.socket = undefined;
    if (document.hidden) return;
    if (this.wait > 2000 && !this.notice) {
      this.notice = element("p", { class: "connection", role: "status" }, text("reconnecting"));
      document.body.append(this.notice);
    }
    setTimeout(() => this.connect(), this.wait * (0.75 + Math.random() / 2));
    this.wait = Math.min(this.wait * 2, slowest);
  }

  private send(message: unknown): void {
    this.socket?.send(JSON.stringify(message));
  }

  private receive(frames: Frame[]): void {
    for (const frame of frames) {
      if (!frame.stream) {
        if (frame.kind === "resync") for (const stream of this.numbers.keys()) this.resync(stream);
        continue;
      }
      if (frame.number !== undefined && frame.kind !== "refused") this.numbers.set(frame.stream, frame.number);
      if (frame.kind === "resync") this.resync(frame.stream);
      else if (frame.kind === "refused") this.numbers.delete(frame.stream);
      else if (frame.kind !== "joined") this.apply(frame.stream, frame);
    }
    this.forget();
  }

  /** Streams whose parts have left the page are not listened to any longer. */
  private forget(): void {
    const gone = [...this.numbers.keys()].filter((stream) => this.parts(stream).length === 0);
    if (!gone.length) return;
    for (const stream of gone) this.numbers.delete(stream);
    this.send({ unsubscribe: gone });
  }

  private apply(stream: string, frame: Frame): void {
    if (frame.html) for (const fragment of fragmentOf(frame.html)) swapIn(fragment);
    const detail = { stream, kind: frame.kind, data: frame.data, number: frame.number };
    for (const part of this.parts(stream)) {
      const taken = !part.dispatchEvent(new CustomEvent("pix:live", { detail, cancelable: true }));
      if (!taken && !frame.html && part.dataset.liveReload) this.reloadSoon(part);
    }
  }

  private reloadSoon(part: HTMLElement): void {
    if (this.pending.has(part)) return;
    const timer = setTimeout(() => {
      this.pending.delete(part);
      void reloadPart(part);
    }, 1000);
    this.pending.set(part, timer);
  }

  private resync(stream: string): void {
    for (const part of this.parts(stream)) {
      if (part.dataset.liveReload) void reloadPart(part);
      else if (part.dispatchEvent(new CustomEvent("pix:resync", { cancelable: true })))
        toast({ text: text("reload_offer"), kind: "warning", label: text("reload"), act: () => location.reload() });
    }
  }
}

export function installLive(): void {
  const url = document.body.dataset.liveUrl;
  if (!url) return;
  const live = new Live(url);
  each("[data-live]", (part) => live.watch(part));
}
