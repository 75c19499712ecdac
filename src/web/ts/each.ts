type Visit = (element: HTMLElement) => void;

const watched: { selector: string; visit: Visit; seen: WeakSet<Element> }[] = [];
let observer: MutationObserver | undefined;

function visitAll(root: Element, entry: (typeof watched)[number]): void {
  const found = [...root.querySelectorAll<HTMLElement>(entry.selector)];
  if (root.matches(entry.selector)) found.unshift(root as HTMLElement);
  for (const element of found) {
    if (entry.seen.has(element)) continue;
    entry.seen.add(element);
    entry.visit(element);
  }
}

/** Calls `visit` once for every element that matches, now and whenever one is added to the page. */
export function each(selector: string, visit: Visit): void {
  const entry = { selector, visit, seen: new WeakSet<Element>() };
  watched.push(entry);
  visitAll(document.documentElement, entry);
  observer ??= new MutationObserver((changes) => {
    for (const change of changes)
      for (const node of change.addedNodes)
        if (node instanceof HTMLElement) for (const entry of watched) visitAll(node, entry);
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
}
