import { element, freshId } from "./element";

/** Makes sections with `data-label` into tabs; without script they stand under their headings. */
class TabsElement extends HTMLElement {
  connectedCallback(): void {
    if (this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    const panels = [...this.querySelectorAll<HTMLElement>(":scope > [data-label]")];
    const list = element("div", { role: "tablist", "aria-label": this.getAttribute("aria-label") ?? "" });
    const tabs = panels.map((panel) => {
      panel.id ||= freshId("tab");
      const tab = element("button", { type: "button", role: "tab", id: `${panel.id}-label`, "aria-controls": panel.id }, panel.dataset.label!);
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", tab.id);
      panel.tabIndex = 0;
      return tab;
    });
    this.removeAttribute("aria-label");
    const select = (at: number, focus: boolean): void => {
      tabs.forEach((tab, place) => {
        tab.setAttribute("aria-selected", String(place === at));
        tab.tabIndex = place === at ? 0 : -1;
        panels[place]!.hidden = place !== at;
      });
      if (focus) tabs[at]?.focus();
    };
    list.addEventListener("click", (event) => {
      const at = tabs.indexOf((event.target as Element).closest("button") as HTMLButtonElement);
      if (at >= 0) select(at, false);
    });
    list.addEventListener("keydown", (event) => {
      const at = tabs.indexOf(event.target as HTMLButtonElement);
      const to: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 };
      const next = to[event.key];
      if (next === undefined) return;
      event.preventDefault();
      select((next + tabs.length) % tabs.length, true);
    });
    list.append(...tabs);
    this.prepend(list);
    const named = panels.findIndex((panel) => `#${panel.id}` === location.hash);
    select(Math.max(0, named), false);
  }
}

export function define(): void {
  if (!customElements.get("pix-tabs")) customElements.define("pix-tabs", TabsElement);
}
