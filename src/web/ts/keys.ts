import { openPalette } from "./palette";

const areas: Record<string, string> = { t: "tools", w: "workbench", s: "security", o: "orchestration", r: "runs" };
let goPressed = 0;

function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

export function showKeys(): void {
  const sheet = document.getElementById("keys-dialog") as HTMLDialogElement | null;
  if (sheet && !sheet.open) sheet.showModal();
}

export function focusFilter(): boolean {
  const filter = document.querySelector<HTMLInputElement>("main [data-filter]") ?? document.querySelector<HTMLInputElement>("[data-tool-filter]");
  filter?.focus();
  filter?.select();
  return Boolean(filter);
}

function go(key: string): boolean {
  const link =
    key === ","
      ? document.querySelector<HTMLAnchorElement>(".sidebar-foot a")
      : document.querySelector<HTMLAnchorElement>(`[data-area="${areas[key]}"]`);
  link?.click();
  return Boolean(link);
}

/** Moves the focus to the next or previous item of the page's list, as j and k do. */
function move(by: 1 | -1): boolean {
  const lists = [...document.querySelectorAll<HTMLElement>("main [data-list]")];
  const list = lists.find((one) => one.contains(document.activeElement)) ?? lists[0];
  if (!list) return false;
  const items = [...list.querySelectorAll<HTMLElement>(".row-main, .tool-card-name, [data-item]")].filter((item) => item.offsetParent);
  const row = document.activeElement?.closest(".row, .tool-card, [data-item]");
  const at = items.findIndex((item) => item === document.activeElement || (row !== null && row !== undefined && row.contains(item)));
  const next = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : at + by];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

export function installKeys(): void {
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.key === "Escape" && typing(event.target) && (event.target as HTMLElement).matches("[data-filter], [data-tool-filter]")) {
      (event.target as HTMLElement).blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;

    let taken = true;
    if (goPressed && Date.now() - goPressed < 1500) taken = go(event.key);
    else if (event.key === "?") showKeys();
    else if (event.key === "/") taken = focusFilter();
    else if (event.key === "j") taken = move(1);
    else if (event.key === "k") taken = move(-1);
    else if (event.key !== "g") taken = false;
    goPressed = event.key === "g" && !goPressed ? Date.now() : 0;
    if (taken) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    if (!(event.target as Element).closest("[data-keys]")) return;
    event.preventDefault();
    showKeys();
  });
}
