import { element, icon } from "../element";
import { toast } from "../toasts";
import { ApiError, messageOf, type Api } from "./api";
import type { Editor } from "./editor";
import { bytes, say } from "./say";

type FileAnswer = { content: string; encoding: "utf-8" | "base64"; etag?: string; size?: number };

/** One file that is open: edited as text, shown as a picture, or offered for download. */
export class FileTab {
  readonly root = element("div", { class: "tab-body" });
  private readonly state = element("span", { role: "status" });
  private readonly save = element("button", { type: "button", class: "button button-small button-primary", disabled: true }, say("save"));
  private readonly host = element("div", { class: "editor-host" });
  private note: HTMLElement | undefined;
  private editor: Editor | undefined;
  private etag = "";
  private saved = "";
  private saving = false;
  dirty = false;
  onDirty: (dirty: boolean) => void = () => {};
  onSaved: () => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly project: string,
    readonly path: string,
    private readonly line = 0,
  ) {
    this.save.addEventListener("click", () => void this.store());
    this.root.append(element("div", { class: "editor-bar" }, element("span", { class: "editor-path", title: path }, path), this.state, this.save), this.host);
    this.host.append(element("div", { class: "pane-note", "aria-busy": "true" }, element("div", { class: "skeleton skeleton-line" }), element("div", { class: "skeleton skeleton-line" })));
    void this.load();
  }

  focus(): void {
    this.editor?.focus();
  }

  private url(rest: string): string {
    return `/projects/${encodeURIComponent(this.project)}${rest}`;
  }

  private async load(): Promise<void> {
    const address = `${this.api.base}${this.url("/files/content")}?path=${encodeURIComponent(this.path)}`;
    if (/\.(png|jpe?g|gif|webp|avif|bmp|ico|svg)$/i.test(this.path)) return this.preview(element("img", { src: address, alt: this.path }), !/\.svg$/i.test(this.path));
    try {
      const { value, headers } = await this.api.ask<FileAnswer>(this.url("/file"), { query: { path: this.path } });
      if (value.encoding === "base64") return this.preview(element("p", { class: "empty-text" }, say("binary", { size: bytes(value.size ?? 0) }), " ", element("a", { href: `${address}&download=1`, class: "button button-small" }, say("download"))), true);
      this.etag = headers.get("ETag") ?? value.etag ?? "";
      this.saved = value.content;
      const { openEditor } = await import("./editor");
      const inner = element("div", { class: "editor-shadow" });
      this.host.replaceChildren(inner);
      this.editor = openEditor(inner, { path: this.path, content: value.content, label: this.path, onChange: (text) => this.changed(text), onSave: () => void this.store() });
      if (this.line) this.editor.goTo(this.line);
      void this.showChanges();
    } catch (error) {
      this.host.replaceChildren(element("section", { class: "pixie-error editor-note", role: "alert" }, element("h2", { class: "error-title" }, icon("circle-alert"), say("file_failed")), element("p", { class: "error-message" }, messageOf(error)), element("div", { class: "error-actions" }, element("a", { class: "button", href: `${address}&download=1` }, say("download")))));
    }
  }

  private preview(content: HTMLElement, plain: boolean): void {
    if (plain) this.save.hidden = true;
    this.save.hidden = true;
    this.host.replaceChildren(element("div", { class: "preview" }, content));
  }

  /** The editor's gutter shows what is different from the last commit. */
  async showChanges(): Promise<void> {
    try {
      const { oldContent, isUntracked } = await this.api.get<{ oldContent?: string; isUntracked?: boolean }>("/git/file-with-diff", { project: this.project, file: this.path });
      this.editor?.compareWith(isUntracked ? undefined : (oldContent ?? undefined));
    } catch {
      this.editor?.compareWith(undefined);
    }
  }

  private changed(text: string): void {
    const dirty = text !== this.saved;
    this.save.disabled = !dirty;
    this.state.textContent = dirty ? say("unsaved") : "";
    if (dirty === this.dirty) return;
    this.dirty = dirty;
    this.onDirty(dirty);
  }

  /** Saves unless somebody else has written the file since it was read; then it asks. */
  async store(force = false): Promise<void> {
    if (!this.editor || this.saving) return;
    const text = this.editor.text();
    this.saving = true;
    this.save.setAttribute("aria-busy", "true");
    try {
      const { value, headers } = await this.api.ask<{ etag?: string }>(this.url("/file"), { method: "PUT", body: { path: this.path, content: text }, headers: force || !this.etag ? {} : { "If-Match": this.etag } });
      this.etag = headers.get("ETag") ?? value.etag ?? "";
      this.saved = text;
      this.note?.remove();
      this.changed(this.editor.text());
      this.state.textContent = this.dirty ? say("unsaved") : say("saved");
      this.onSaved();
    } catch (error) {
      if (error instanceof ApiError && (error.code === "FILE_CHANGED" || error.status === 412)) this.conflict();
      else toast({ text: messageOf(error), kind: "error" });
    } finally {
      this.saving = false;
      this.save.removeAttribute("aria-busy");
    }
  }

  private conflict(): void {
    this.note?.remove();
    const mine = element("button", { type: "button", class: "button button-small button-danger" }, say("keep_mine"));
    const theirs = element("button", { type: "button", class: "button button-small" }, say("take_theirs"));
    mine.addEventListener("click", () => void this.store(true));
    theirs.addEventListener("click", () => void this.reload());
    this.note = element("div", { class: "notice editor-note", "data-state": "attention", role: "alert" }, icon("triangle-alert"), element("div", {}, say("conflict")), element("div", { class: "error-actions" }, theirs, mine));
    this.host.before(this.note);
  }

  private async reload(): Promise<void> {
    const { value, headers } = await this.api.ask<FileAnswer>(this.url("/file"), { query: { path: this.path } });
    this.etag = headers.get("ETag") ?? value.etag ?? "";
    this.saved = value.content;
    this.note?.remove();
    this.editor?.replace(value.content);
    this.changed(value.content);
  }

  close(): void {
    this.editor?.destroy();
  }
}
