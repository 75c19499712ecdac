import { each } from "./each";
import { storage } from "./storage";
import { text } from "./texts";

export type Appearance = { theme?: string; accent?: string; density?: string };

const names = ["theme", "accent", "density"] as const;
const root = document.documentElement;
const darkSystem = matchMedia("(prefers-color-scheme: dark)");

function current(): Required<Appearance> {
  return {
    theme: root.dataset.theme ?? "system",
    accent: root.dataset.accent ?? "indigo",
    density: root.dataset.density ?? "comfortable",
  };
}

export function isDark(): boolean {
  const { theme } = current();
  return theme === "dark" || (theme === "system" && darkSystem.matches);
}

function paint(change: Appearance): void {
  for (const name of names) {
    const value = change[name];
    if (value) root.dataset[name] = value;
  }
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-theme-form] button"))
    button.value = isDark() ? "light" : "dark";
  document.dispatchEvent(new CustomEvent("pix:theme"));
}

/** Changes the look at once, keeps it in this browser and tells the server, which renders the next page with it. */
export async function setAppearance(change: Appearance): Promise<boolean> {
  paint(change);
  storage.set("appearance", current());
  const form = document.querySelector<HTMLFormElement>("[data-theme-form]");
  if (!form) return false;
  const body = new URLSearchParams(change as Record<string, string>);
  const token = form.querySelector<HTMLInputElement>("[name=form_token]");
  if (token) body.set("form_token", token.value);
  try {
    const answer = await fetch(form.action, { method: "POST", body, keepalive: true, headers: { "HX-Request": "true" } });
    return answer.ok;
  } catch {
    return false;
  }
}

export function installTheme(): void {
  const kept = storage.get<Appearance>("appearance", {});
  const shown = current();
  if (names.some((name) => kept[name] && kept[name] !== shown[name])) void setAppearance(kept);
  else paint({});
  darkSystem.addEventListener("change", () => paint({}));

  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.matches("[data-theme-form]")) return;
    event.preventDefault();
    void setAppearance({ theme: isDark() ? "light" : "dark" });
  });

  each("[data-appearance]", (form) => {
    const state = form.parentElement?.querySelector("[data-appearance-state]");
    const save = form.querySelector<HTMLElement>(".form-actions");
    if (save) save.hidden = true;
    form.addEventListener("change", async () => {
      const data = new FormData(form as HTMLFormElement);
      const change: Appearance = {};
      for (const name of names) change[name] = String(data.get(name) ?? "") || undefined;
      const saved = await setAppearance(change);
      if (state) state.textContent = saved ? text("saved") : text("unreachable");
    });
  });
}
