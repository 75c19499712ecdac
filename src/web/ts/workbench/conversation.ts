import { element, icon } from "../element";
import type { LiveEvent } from "../live";
import { Api, ApiError, messageOf } from "./api";
import type { Message, Page, SessionMeta } from "./message";
import { agentName } from "./message";
import { MessageStore } from "./message_store";
import { estimatedHeight, messageElement, money, placeholderElement, useText, type MessageContext } from "./message_view";
import { say, short } from "./say";
import { sessionActions } from "./session_actions";
import { todoList, todosOf } from "./tool_view";
import { VirtualList } from "./virtual_list";

const pollEvery = 15_000; // ms, while the page is seen: for when the live stream is away

/** `<pix-conversation data-provider data-session data-project data-api data-base>`: one session, read from its end, followed while it grows. */
export class ConversationElement extends HTMLElement {
  private list: VirtualList | undefined;
  private store: MessageStore | undefined;
  private readonly toggled = new Set<string>();
  private timer: ReturnType<typeof setInterval> | undefined;
  private readonly view = element("div", { class: "conversation-view", tabindex: "0", role: "region" });
  private readonly end = element("button", { type: "button", class: "button conversation-end", hidden: true }, icon("arrow-down"), say("to_end"));
  private facts: SessionMeta | undefined;
  private busy = false;

  /** What a file of the project is opened with; unset: not at all. */
  openFile: ((path: string) => void) | undefined;

  connectedCallback(): void {
    if (this.store) {
      this.start();
      return;
    }
    const { session = "", provider = "", project = "", api = "/api" } = this.dataset;
    const label = this.getAttribute("aria-label") ?? "";
    this.removeAttribute("aria-label");
    this.view.setAttribute("aria-label", label || say("conversation"));
    this.store = new MessageStore(new Api(api), session, provider, project);
    this.store.onChange = (from, to, total) => this.changed(from, to, total);
    this.store.onError = (error) => this.failed(error);
    this.store.onPage = (page) => this.learn(page);
    this.addEventListener("pix:live", (event) => {
      event.preventDefault();
      const data = (event as LiveEvent).detail.data as { sessionId?: string } | null;
      if (data?.sessionId === this.dataset.session) this.look();
    });
    this.addEventListener("pix:resync", (event) => {
      event.preventDefault();
      this.look();
    });
    this.end.addEventListener("click", () => this.list?.toEnd());
    void this.open();
  }

  disconnectedCallback(): void {
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.look);
    document.removeEventListener("keydown", this.keys);
    removeEventListener("hashchange", this.toHash);
  }

  private start(): void {
    this.timer = setInterval(this.look, pollEvery);
    document.addEventListener("keydown", this.keys);
    document.addEventListener("visibilitychange", this.look);
    addEventListener("hashchange", this.toHash);
  }

  private readonly look = (): void => {
    if (document.hidden || this.busy || !this.isConnected) return;
    this.busy = true;
    void this.store!.refresh(20).finally(() => (this.busy = false));
  };

  /** n and p: the next and the previous prompt; e: the end. */
  private readonly keys = (event: KeyboardEvent): void => {
    const typing = event.target instanceof HTMLElement && (event.target.isContentEditable || event.target.matches("input, textarea, select"));
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !this.offsetParent || document.querySelector("dialog[open]")) return;
    if (event.key === "n") this.step(1);
    else if (event.key === "p") this.step(-1);
    else if (event.key === "e") this.list?.toEnd();
  };

  private readonly toHash = (): void => {
    const id = decodeURIComponent(location.hash.slice(1)).replace(/^m-/, "");
    if (id) void this.jumpTo(id);
  };

  private async open(): Promise<void> {
    await this.store!.refresh();
    if (!this.list) return;
    this.start();
    this.toHash();
  }

  private mount(): VirtualList {
    const list = new VirtualList(this.view, (index) => this.row(index), (index) => estimatedHeight(this.store!.at(index), this.view.clientWidth || 700), say("conversation"));
    list.onRange = (from, to) => this.store!.need(Math.max(0, from - 60), Math.min(this.store!.total, to + 30));
    list.onFollow = (following) => (this.end.hidden = following);
    this.replaceChildren(this.view, this.end);
    this.dataset.ready = "";
    return list;
  }

  private changed(from: number, to: number, total: number): void {
    this.list ??= this.mount();
    if (this.list.count !== total) this.list.resize(total);
    if (to > from) this.list.redraw(from, to);
    if (!total) this.view.replaceChildren(element("p", { class: "empty-line pane-note" }, say("empty_session")));
    this.showFacts();
  }

  private failed(error: unknown): void {
    if (this.list) return;
    const title = error instanceof ApiError && error.status === 404 ? say("session_gone") : say("session_failed");
    this.replaceChildren(element("section", { class: "pixie-error", role: "alert" }, element("h2", { class: "error-title" }, icon("circle-alert"), title), element("p", { class: "error-message" }, messageOf(error))));
  }

  private learn(page: Page): void {
    if (!page.session) return;
    const first = !this.facts;
    this.facts = page.session;
    const count = document.getElementById("session-count");
    if (!this.closest(".wb-session")) return;
    if (count) count.textContent = say("message_count", { count: page.total });
    const actions = document.getElementById("session-actions");
    const { api = "/api", base = "", provider = "", session = "", project = "" } = this.dataset;
    if (first && actions) sessionActions(actions, { api: new Api(api), base, provider, id: session, project }, page.session, (by) => this.step(by));
  }

  private context(): MessageContext {
    return {
      root: this.facts?.cwd ?? this.dataset.root ?? "",
      openFile: this.openFile,
      openPicture: (address) => this.showPicture(address),
      isOpen: (key) => this.toggled.has(key),
      setOpen: (key, open) => void (open ? this.toggled.add(key) : this.toggled.delete(key)),
      linkTo: (id) => `${this.dataset.base ?? ""}/sessions/${this.dataset.provider}/${encodeURIComponent(this.dataset.session ?? "")}#${encodeURIComponent(id)}`,
    };
  }

  private row(index: number): HTMLElement {
    const message = this.store!.at(index);
    if (!message) return placeholderElement();
    const row = messageElement(message, this.context());
    const before = this.store!.at(index - 1);
    const day = message.timestamp?.slice(0, 10);
    if (day && day !== before?.timestamp?.slice(0, 10) && (before || index === 0))
      row.prepend(element("p", { class: "message-day" }, new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "full" }).format(new Date(message.timestamp!))));
    return row;
  }

  /** Shows the message with this id and marks it for a moment. */
  async jumpTo(id: string): Promise<void> {
    const index = await this.store!.find(id);
    if (index === undefined || !this.list) return;
    const row = await this.list.to(index);
    if (!row) return;
    row.dataset.found = "";
    row.focus({ preventScroll: true });
    setTimeout(() => delete row.dataset.found, 2500);
  }

  /** Goes to the next or previous prompt of the user. */
  step(by: 1 | -1): void {
    if (!this.list || !this.store) return;
    const isPrompt = (message: Message | undefined): boolean => message?.kind === "text" && message.role === "user";
    const here = this.list.current(72);
    for (let at = here + by; at >= 0 && at < this.store.total; at += by)
      if (isPrompt(this.store.at(at))) {
        void this.list.to(at);
        return;
      }
    if (by > 0) this.list.toEnd();
    else void this.list.to(0);
  }

  private showPicture(address: string): void {
    const close = element("button", { class: "button" }, say("close"));
    const box = element("dialog", { class: "dialog picture-dialog", "aria-label": say("picture") }, element("img", { src: address, alt: say("picture") }), element("form", { method: "dialog", class: "dialog-actions" }, close));
    box.addEventListener("close", () => box.remove());
    document.body.append(box);
    box.showModal();
  }

  /** The page's inspector, if it has one for this conversation. */
  private showFacts(): void {
    const place = document.getElementById("session-more");
    if (!place || !this.closest(".wb-session")) return;
    const all = this.store!.all();
    const sum = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, cacheReadTokens: 0, cacheCreationTokens: 0, cost: 0 };
    for (const { tokenUsage } of all) for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += Number(tokenUsage?.[key] ?? 0);
    const complete = all.length === this.store!.total;
    const rows: [string, string][] = [[say("fact_messages"), short(this.store!.total)]];
    const model = this.facts?.model ?? [...all].reverse().find((one) => one.model)?.model;
    if (model) rows.push([say("fact_model"), model]);
    if (this.facts?.gitBranch) rows.push([say("fact_branch"), this.facts.gitBranch]);
    const used = useText({ ...sum, cost: 0 });
    if (used) rows.push([say(complete ? "fact_tokens" : "fact_tokens_shown"), used]);
    if (sum.cost) rows.push([say(complete ? "fact_cost" : "fact_cost_shown"), money(sum.cost)]);
    const list = element("dl", { class: "kv kv-plain" });
    for (const [name, value] of rows) list.append(element("div", {}, element("dt", {}, name), element("dd", {}, value)));
    place.replaceChildren(list);
    const todo = [...all].reverse().find((one) => one.kind === "tool_use" && /todo|plan/i.test(one.toolName ?? "") && todosOf(one.toolInput).length);
    if (todo) place.append(element("h2", { class: "inspector-title" }, say("fact_todo")), todoList(todosOf(todo.toolInput)));
    const prompts = all.filter((one) => one.kind === "text" && one.role === "user" && typeof one.content === "string" && one.content.trim());
    if (prompts.length) {
      const outline = element("ol", { class: "outline" });
      for (const one of prompts.slice(-100)) {
        const item = element("a", { href: `#${encodeURIComponent(one.id)}`, class: "outline-item" }, String(one.content).trim().slice(0, 140));
        outline.append(element("li", {}, item));
      }
      place.append(element("h2", { class: "inspector-title" }, say("fact_prompts")), outline);
    }
  }

  titleOf(): string {
    return this.facts?.title ?? agentName(this.dataset.provider);
  }
}

export function define(): void {
  if (!customElements.get("pix-conversation")) customElements.define("pix-conversation", ConversationElement);
}
