type Attributes = Record<string, string | boolean | undefined>;

/** Makes an element with attributes and children; strings become text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** An icon of the page's symbols. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button of one icon whose label is read out and shown on hover. */
export function iconButton(name: string, label: string): HTMLButtonElement {
  return element("button", { type: "button", class: "icon-button", "aria-label": label, title: label }, icon(name));
}

let last = 0;

/** An id that nothing else on the page has. */
export function freshId(prefix: string): string {
  return `${prefix}-${++last}`;
}
