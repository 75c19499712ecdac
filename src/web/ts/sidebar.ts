import { each } from "./each";
import { storage } from "./storage";

const root = document.documentElement;

export function toggleSidebar(): void {
  const narrow = root.dataset.sidebar !== "narrow";
  if (narrow) root.dataset.sidebar = "narrow";
  else delete root.dataset.sidebar;
  storage.set("sidebar", narrow);
}

function closeDrawer(): void {
  if (!root.dataset.drawer) return;
  delete root.dataset.drawer;
  document.querySelector(".drawer-veil")?.remove();
  document.querySelector<HTMLElement>("[data-drawer-open]")?.focus();
}

function openDrawer(): void {
  root.dataset.drawer = "open";
  const veil = document.createElement("div");
  veil.className = "drawer-veil";
  veil.addEventListener("click", closeDrawer);
  document.body.append(veil);
  document.querySelector<HTMLElement>("[data-drawer-close]")?.focus();
}

/** Shows the tools of the sidebar whose name holds what is typed. */
function filterTools(input: HTMLInputElement): void {
  const wanted = input.value.trim().toLowerCase();
  const part = input.closest("#sidebar-tools");
  for (const group of part?.querySelectorAll("details") ?? []) {
    let any = false;
    for (const item of group.querySelectorAll<HTMLElement>(".nav-item")) {
      item.hidden = !item.title.toLowerCase().includes(wanted);
      any ||= !item.hidden;
    }
    group.hidden = !any;
  }
}

export function installSidebar(): void {
  if (storage.get("sidebar", false)) root.dataset.sidebar = "narrow";
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-sidebar-toggle]")) toggleSidebar();
    else if (target.closest("[data-drawer-open]")) openDrawer();
    else if (target.closest("[data-drawer-close]")) closeDrawer();
    else return;
    event.preventDefault();
  });
  document.addEventListener("keydown", (event) => event.key === "Escape" && closeDrawer());
  document.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.matches("[data-tool-filter]")) filterTools(input);
  });
  each("details[data-remember]", (details) => {
    const folder = details as HTMLDetailsElement;
    const key = `open.${folder.dataset.remember}`;
    folder.open = storage.get(key, folder.open);
    folder.addEventListener("toggle", () => storage.set(key, folder.open));
  });
}
