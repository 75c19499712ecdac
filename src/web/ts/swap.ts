import { each } from "./each";

const swapping = "[hx-post], [hx-get]";
let loading: Promise<unknown> | undefined;
let ready = false;

function load(): Promise<unknown> {
  loading ??= import("htmx.org").then(() => (ready = true));
  return loading;
}

/** htmx is loaded by pages that have something for it to do. What is pressed before it is there waits for it. */
export function installSwaps(): void {
  each(swapping, () => void load());
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target as HTMLFormElement;
      if (ready || !form.matches(swapping)) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void load().then(() => form.requestSubmit(event.submitter));
    },
    true,
  );
  document.addEventListener(
    "click",
    (event) => {
      const pressed = (event.target as Element).closest<HTMLElement>(swapping);
      if (ready || !pressed || pressed.localName === "form") return;
      event.preventDefault();
      event.stopImmediatePropagation();
      void load().then(() => pressed.click());
    },
    true,
  );
}
