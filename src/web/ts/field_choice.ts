import { element, freshId } from "./element";
import { text } from "./texts";

type Choice = { value: string; label: string };

/** A text box with a list under it: arrows, Enter, Esc. */
abstract class ChoiceBox extends HTMLElement {
  protected box!: HTMLInputElement;
  private readonly list = element("ul", { class: "suggestions", role: "listbox", id: freshId("choices"), hidden: true });
  private choices: Choice[] = [];
  private at = -1;

  protected install(box: HTMLInputElement, name: string): void {
    this.box = box;
    for (const [key, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" })) box.setAttribute(key, value);
    this.list.setAttribute("aria-label", name);
    this.append(this.list);
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("blur", () => setTimeout(() => this.close(), 150));
  }

  protected abstract choose(choice: Choice): void;

  protected offer(choices: Choice[]): void {
    this.choices = choices.slice(0, 100);
    this.at = -1;
    this.list.replaceChildren(
      ...this.choices.map((choice, place) => {
        const item = element("li", { class: "suggestion", role: "option", id: `${this.list.id}-${place}`, "aria-selected": "false" }, choice.label);
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          this.take(place);
        });
        return item;
      }),
    );
    if (!choices.length) this.list.append(element("li", { class: "suggestion muted", role: "option", "aria-disabled": "true", "aria-selected": "false" }, text("no_match")));
    this.list.hidden = false;
    this.box.setAttribute("aria-expanded", "true");
  }

  protected close(): void {
    this.list.hidden = true;
    this.box.setAttribute("aria-expanded", "false");
    this.box.removeAttribute("aria-activedescendant");
  }

  private take(place: number): void {
    const choice = this.choices[place];
    if (choice) this.choose(choice);
    this.close();
  }

  private key(event: KeyboardEvent): void {
    if (this.list.hidden) return;
    if (event.key === "Escape") this.close();
    else if (event.key === "Enter" && !event.ctrlKey && this.at >= 0) this.take(this.at);
    else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && this.choices.length) {
      this.at = (this.at + (event.key === "ArrowDown" ? 1 : -1) + this.choices.length) % this.choices.length;
      [...this.list.children].forEach((item, place) => item.setAttribute("aria-selected", String(place === this.at)));
      this.list.children[this.at]?.scrollIntoView({ block: "nearest" });
      this.box.setAttribute("aria-activedescendant", `${this.list.id}-${this.at}`);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** A select with many options, as a list that is filtered by typing. The select stays what is posted. */
export class ComboElement extends ChoiceBox {
  connectedCallback(): void {
    const select = this.querySelector("select");
    if (!select || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const label = select.labels?.[0];
    const box = element("input", { class: "input", type: "text", id: freshId("combo"), placeholder: text("filter_options") });
    if (select.getAttribute("aria-describedby")) box.setAttribute("aria-describedby", select.getAttribute("aria-describedby")!);
    const name = label?.textContent?.trim() ?? select.name;
    label?.setAttribute("for", box.id);
    const show = (): void => void (box.value = select.selectedOptions[0]?.label ?? "");
    select.hidden = true;
    this.prepend(box);
    this.install(box, name);
    const options = (wanted: string): Choice[] =>
      [...select.options].filter((option) => option.label.toLowerCase().includes(wanted.toLowerCase())).map(({ value, label: shown }) => ({ value, label: shown }));
    box.addEventListener("focus", () => {
      box.select();
      this.offer(options(""));
    });
    box.addEventListener("input", () => this.offer(options(box.value)));
    box.addEventListener("change", show);
    select.addEventListener("change", show);
    select.form?.addEventListener("reset", () => setTimeout(show));
    show();
  }

  protected choose(choice: Choice): void {
    const select = this.querySelector("select")!;
    select.value = choice.value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** Asks the tool for choices 200 ms after the last key. */
export class AutocompleteElement extends ChoiceBox {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | undefined;

  connectedCallback(): void {
    const box = this.querySelector("input");
    if (!box || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    this.install(box, box.labels?.[0]?.textContent?.trim() ?? box.name);
    box.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.ask(box.value), 200);
    });
  }

  disconnectedCallback(): void {
    clearTimeout(this.timer);
    this.asking?.abort();
  }

  protected choose(choice: Choice): void {
    this.box.value = choice.value;
    this.box.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private async ask(query: string): Promise<void> {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const answer = await fetch(`${this.dataset.url}?q=${encodeURIComponent(query)}`, { signal: this.asking.signal });
      const value = (await answer.json()) as unknown;
      const items = Array.isArray(value) ? value : ((value as { results?: unknown[] }).results ?? []);
      this.offer(
        items.map((item: unknown) => {
          const pair = item as { value?: unknown; label?: unknown };
          const own = typeof item === "object" && item !== null ? String(pair.value ?? pair.label ?? "") : String(item);
          return { value: own, label: typeof item === "object" && item !== null ? String(pair.label ?? own) : own };
        }),
      );
    } catch {
      this.close();
    }
  }
}
