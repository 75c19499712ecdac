import { element } from "./element";
import { text } from "./texts";

/** Says under a textarea whether what is typed is JSON, and where it stops being so. */
export class JsonElement extends HTMLElement {
  connectedCallback(): void {
    const area = this.querySelector("textarea");
    if (!area || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const state = element("p", { class: "json-state", role: "status" });
    this.append(state);
    const check = (): void => {
      let message = text("json_good");
      let bad = false;
      try {
        if (area.value.trim()) JSON.parse(area.value);
        else message = text("json_empty");
      } catch (error) {
        bad = true;
        message = (error as Error).message;
      }
      state.textContent = message;
      state.dataset.state = bad ? "bad" : "good";
      area.setAttribute("aria-invalid", String(bad));
    };
    area.addEventListener("input", check);
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Tab" || event.shiftKey || event.ctrlKey || !area.dataset.tabs) return;
      event.preventDefault();
      area.setRangeText("  ", area.selectionStart, area.selectionEnd, "end");
    });
    area.form?.addEventListener("reset", () => setTimeout(check));
    check();
  }
}
