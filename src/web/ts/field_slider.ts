import { element } from "./element";
import { text } from "./texts";

/** Shows the value of a range input; with `data-range`, two handles for the JSON pair in the native input. */
export class SliderElement extends HTMLElement {
  connectedCallback(): void {
    if (this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const native = this.querySelector("input");
    if (!native) return;
    if (this.dataset.range !== undefined) this.makePair(native);
    else this.makeReadout(native);
  }

  private makeReadout(native: HTMLInputElement): void {
    const output = this.querySelector("output") ?? this.appendChild(element("output"));
    const show = (): void => void (output.textContent = native.value);
    native.addEventListener("input", show);
    show();
  }

  private makePair(native: HTMLInputElement): void {
    const { min = "0", max = "1", step = "any" } = native.dataset;
    const range = (name: string): HTMLInputElement => element("input", { type: "range", min, max, step, "aria-label": `${name}: ${this.name(native)}` });
    const low = range(text("lowest"));
    const high = range(text("highest"));
    const output = element("output");
    const read = (): void => {
      let pair: unknown;
      try {
        pair = JSON.parse(native.value);
      } catch {
        pair = undefined;
      }
      const [from, to] = Array.isArray(pair) ? (pair as [number, number]) : [Number(min), Number(max)];
      low.value = String(from);
      high.value = String(to);
      output.textContent = `${low.value} – ${high.value}`;
    };
    const write = (moved: HTMLInputElement): void => {
      if (Number(low.value) > Number(high.value)) (moved === low ? high : low).value = moved.value;
      native.value = `[${low.value},${high.value}]`;
      output.textContent = `${low.value} – ${high.value}`;
      native.dispatchEvent(new Event("change", { bubbles: true }));
    };
    low.addEventListener("input", () => write(low));
    high.addEventListener("input", () => write(high));
    native.form?.addEventListener("reset", () => setTimeout(read));
    native.hidden = true;
    this.append(element("div", { class: "slider-tracks" }, low, high), output);
    read();
  }

  private name(native: HTMLInputElement): string {
    return native.labels?.[0]?.textContent?.trim() ?? native.name;
  }
}
