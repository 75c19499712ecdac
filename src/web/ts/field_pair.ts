import { element } from "./element";
import { text } from "./texts";

/** A colour picker with its text beside it. */
export class ColourElement extends HTMLElement {
  connectedCallback(): void {
    const picker = this.querySelector("input");
    if (!picker || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const code = element("input", { class: "input mono", type: "text", maxlength: "7", "aria-label": `${picker.labels?.[0]?.textContent?.trim() ?? ""} #rrggbb` });
    const show = (): void => void (code.value = picker.value);
    picker.addEventListener("input", show);
    code.addEventListener("input", () => {
      if (/^#[0-9a-f]{6}$/i.test(code.value)) picker.value = code.value;
    });
    code.addEventListener("change", show);
    picker.form?.addEventListener("reset", () => setTimeout(show));
    this.append(code);
    show();
  }
}

/** Two dates over one input that holds `["2026-01-01","2026-02-01"]`; a value written as {"from", "to"} is read too. */
export class DateRangeElement extends HTMLElement {
  connectedCallback(): void {
    const native = this.querySelector("input");
    if (!native || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const name = native.labels?.[0]?.textContent?.trim() ?? native.name;
    const date = (key: string): HTMLInputElement => element("input", { class: "input", type: "date", "aria-label": `${name}: ${text(key)}` });
    const from = date("from");
    const to = date("to");
    const read = (): void => {
      try {
        const value = JSON.parse(native.value || "[]") as string[] | { from?: string; to?: string };
        from.value = (Array.isArray(value) ? value[0] : value.from) ?? "";
        to.value = (Array.isArray(value) ? value[1] : value.to) ?? "";
      } catch {
        from.value = to.value = "";
      }
    };
    const write = (): void => {
      native.value = from.value || to.value ? JSON.stringify([from.value, to.value]) : "";
      to.min = from.value;
      native.dispatchEvent(new Event("change", { bubbles: true }));
    };
    from.addEventListener("change", write);
    to.addEventListener("change", write);
    native.form?.addEventListener("reset", () => setTimeout(read));
    native.hidden = true;
    this.append(from, element("span", { class: "muted", "aria-hidden": "true" }, "–"), to);
    read();
  }
}
