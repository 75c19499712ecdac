import { each } from "./each";
import { duration } from "./time";

const cancelAfter = 2000;

/** A version 4 UUID; `randomUUID` is missing where the page is not a secure context. */
export function newRunId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Shows how long something runs, and after two seconds the button that cancels it. Returns what stops it. */
export function startTimer(timer: HTMLElement | null, cancel: HTMLElement | null, since = Date.now()): () => void {
  const tick = (): void => {
    const elapsed = Date.now() - since;
    if (timer) {
      timer.hidden = false;
      timer.textContent = duration(elapsed);
    }
    if (cancel && elapsed >= cancelAfter) cancel.hidden = false;
  };
  tick();
  const interval = setInterval(tick, 100);
  return () => {
    clearInterval(interval);
    if (cancel) cancel.hidden = true;
  };
}

class RunForm {
  private stop: (() => void) | undefined;
  private runId = "";

  constructor(private readonly form: HTMLFormElement) {
    form.addEventListener("htmx:configRequest", (event) => {
      const { detail } = event as CustomEvent<{ headers: Record<string, string> }>;
      this.runId = newRunId();
      detail.headers["X-Pix-Run-Id"] = this.runId;
    });
    form.addEventListener("htmx:beforeRequest", () => this.begin());
    form.addEventListener("htmx:afterRequest", () => this.end());
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit();
    });
    form.addEventListener("reset", () => setTimeout(() => this.reset()));
    this.part("[data-run-cancel]")?.addEventListener("click", () => void this.cancel());
  }

  /** The parts of the form's bar stand beside the form, not in it. */
  private part(selector: string): HTMLElement | null {
    const root = this.form.closest(".tool-inputs") ?? document;
    return root.querySelector<HTMLElement>(selector);
  }

  private begin(): void {
    this.part("[data-run-button]")?.setAttribute("aria-busy", "true");
    document.getElementById("output-panel")?.setAttribute("aria-busy", "true");
    this.stop?.();
    this.stop = startTimer(this.part("[data-run-timer]"), this.part("[data-run-cancel]"));
  }

  private end(): void {
    this.part("[data-run-button]")?.removeAttribute("aria-busy");
    document.getElementById("output-panel")?.removeAttribute("aria-busy");
    this.stop?.();
    this.stop = undefined;
  }

  private async cancel(): Promise<void> {
    const url = this.form.dataset.cancelUrl;
    if (!url) return;
    const button = this.part("[data-run-cancel]");
    button?.setAttribute("aria-busy", "true");
    await fetch(`${url}?run_id=${this.runId}`, { method: "POST", headers: { "HX-Request": "true" } }).catch(() => undefined);
    button?.removeAttribute("aria-busy");
  }

  /** A form that was filled with the last run's inputs goes back to the tool's own defaults. */
  private reset(): void {
    for (const control of this.form.querySelectorAll<HTMLInputElement>("[data-default]")) {
      const value = control.dataset.default!;
      if (control.type === "checkbox" || control.type === "radio") control.checked = value === "true";
      else control.value = value;
      control.dispatchEvent(new Event("input", { bubbles: true }));
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}

export function installRunForms(): void {
  each("form[data-run-form]", (form) => void new RunForm(form as HTMLFormElement));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
    document.querySelector<HTMLFormElement>("form[data-run-form]")?.requestSubmit();
  });
}
