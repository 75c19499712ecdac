import { element, freshId, icon } from "./element";
import { text } from "./texts";

/** Tags that Enter or a comma adds; the native input holds them as a JSON list. */
export class TagsElement extends HTMLElement {
  private tags: string[] = [];
  private native!: HTMLInputElement;
  private box!: HTMLElement;
  private entry!: HTMLInputElement;

  connectedCallback(): void {
    const native = this.querySelector("input");
    if (!native || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    this.native = native;
    const label = native.labels?.[0];
    const list = freshId("suggestions");
    this.entry = element("input", { type: "text", list, autocomplete: "off", "aria-label": `${label?.textContent?.trim() ?? ""}: ${text("add_tag")}`, placeholder: text("add_tag") });
    const offered = JSON.parse(this.dataset.suggestions || "[]") as string[];
    const suggestions = element("datalist", { id: list }, ...offered.slice(0, 8).map((value) => element("option", { value })));
    this.box = element("div", { class: "tags" }, this.entry);
    native.hidden = true;
    this.append(this.box, suggestions);
    this.entry.addEventListener("keydown", (event) => this.key(event));
    this.entry.addEventListener("change", () => this.add(this.entry.value));
    native.form?.addEventListener("reset", () => setTimeout(() => this.read()));
    this.read();
  }

  private key(event: KeyboardEvent): void {
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === ",") {
      event.preventDefault();
      this.add(this.entry.value);
    } else if (event.key === "Backspace" && !this.entry.value && this.tags.length) {
      this.tags.pop();
      this.write();
    }
  }

  private add(value: string): void {
    this.entry.value = "";
    const tag = value.trim();
    if (!tag || this.tags.includes(tag)) return;
    this.tags.push(tag);
    this.write();
  }

  private read(): void {
    try {
      const value: unknown = JSON.parse(this.native.value || "[]");
      this.tags = Array.isArray(value) ? value.map(String) : [];
    } catch {
      this.tags = [];
    }
    this.show();
  }

  private write(): void {
    this.native.value = JSON.stringify(this.tags);
    this.native.dispatchEvent(new Event("change", { bubbles: true }));
    this.show();
  }

  private show(): void {
    for (const old of this.box.querySelectorAll(".tag")) old.remove();
    for (const tag of this.tags) {
      const remove = element("button", { type: "button", "aria-label": text("remove_tag", { name: tag }) }, icon("x"));
      remove.addEventListener("click", () => {
        this.tags = this.tags.filter((one) => one !== tag);
        this.write();
        this.entry.focus();
      });
      this.entry.before(element("span", { class: "tag" }, tag, remove));
    }
  }
}
