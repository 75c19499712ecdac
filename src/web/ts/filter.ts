/** `data-filter="#list"` hides the items of the list that do not hold every word typed. */
function apply(input: HTMLInputElement): void {
  const list = document.querySelector(input.dataset.filter!);
  if (!list) return;
  const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
  let any = false;
  for (const item of list.querySelectorAll<HTMLElement>("[data-filter-item]")) {
    const group = item.closest("[data-filter-group]")?.querySelector("h3")?.textContent ?? "";
    const content = `${item.textContent} ${group}`.toLowerCase();
    item.hidden = !words.every((word) => content.includes(word));
    any ||= !item.hidden;
  }
  for (const group of list.querySelectorAll<HTMLElement>("[data-filter-group]"))
    group.hidden = !group.querySelector("[data-filter-item]:not([hidden])");
  const none = list.querySelector<HTMLElement>("[data-filter-none]");
  if (none) none.hidden = any;
}

export function installFilter(): void {
  document.addEventListener("input", (event) => {
    const input = event.target as HTMLInputElement;
    if (input.matches("[data-filter^='#']")) apply(input);
  });
  document.addEventListener("change", (event) => {
    const form = (event.target as HTMLElement).closest<HTMLFormElement>("[data-auto-submit]");
    form?.requestSubmit();
  });
}
