/** Menus are <details>: one at a time, closed by Esc, by a click elsewhere and by choosing; arrows move in them. */
export function installMenus(): void {
  const openMenus = (): HTMLDetailsElement[] => [...document.querySelectorAll<HTMLDetailsElement>("details[data-menu][open]")];
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    for (const menu of openMenus()) if (!menu.contains(target) || target.closest(".menu-item")) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const menu = openMenus()[0];
    if (!menu) return;
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary")?.focus();
      return;
    }
    if ((event.key !== "ArrowDown" && event.key !== "ArrowUp") || !menu.contains(document.activeElement)) return;
    const items = [...menu.querySelectorAll<HTMLElement>(".menu-item")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    items[(at + (event.key === "ArrowDown" ? 1 : -1) + items.length) % items.length]?.focus();
    event.preventDefault();
  });
}
