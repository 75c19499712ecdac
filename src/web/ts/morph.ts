/**
 * Makes `target` look like `wanted` by changing only what differs, so that focus, selection, scroll position, open folders and what
 * somebody has typed stay as they are. Children are matched by id, then by their place.
 */
export function morph(target: Element, wanted: Element): void {
  if (target.localName !== wanted.localName || (target.localName.startsWith("pix-") && target.outerHTML !== wanted.outerHTML)) {
    target.replaceWith(wanted);
    return;
  }
  morphAttributes(target, wanted);
  const live = target instanceof HTMLTimeElement && target.textContent !== "" && target.title !== "";
  if (live && target.dateTime === (wanted as HTMLTimeElement).dateTime) return;
  if (target.matches("input, textarea, select")) return;
  morphChildren(target, wanted);
}

function morphAttributes(target: Element, wanted: Element): void {
  const kept = target.localName === "details" ? new Set(["open"]) : target.localName === "time" ? new Set(["title"]) : new Set<string>();
  for (const { name } of [...target.attributes]) if (!wanted.hasAttribute(name) && !kept.has(name)) target.removeAttribute(name);
  for (const { name, value } of [...wanted.attributes])
    if (!kept.has(name) && target.getAttribute(name) !== value) target.setAttribute(name, value);
}

function morphChildren(target: Element, wanted: Element): void {
  const named = new Map<string, Element>();
  for (const child of target.children) if (child.id) named.set(child.id, child);
  let place: ChildNode | null = target.firstChild;
  for (const next of [...wanted.childNodes]) {
    const same = next instanceof Element && next.id ? named.get(next.id) : undefined;
    if (same) {
      if (same === place) place = place.nextSibling;
      else target.insertBefore(same, place);
      morph(same, next as Element);
      continue;
    }
    if (place && matches(place, next)) {
      const current: ChildNode = place;
      place = place.nextSibling;
      if (current instanceof Element) morph(current, next as Element);
      else if (current.nodeValue !== next.nodeValue) current.nodeValue = next.nodeValue;
      continue;
    }
    target.insertBefore(next, place);
  }
  while (place) {
    const gone: ChildNode = place;
    place = place.nextSibling;
    gone.remove();
  }
}

function matches(current: ChildNode, next: ChildNode): boolean {
  if (current.nodeType !== next.nodeType) return false;
  if (!(current instanceof Element)) return true;
  return !current.id && !(next as Element).id && current.localName === (next as Element).localName;
}
