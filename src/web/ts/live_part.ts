import { morph } from "./morph";

/** The elements at the top of a piece of HTML. Scripts in it never run: a template's content is inert. */
export function fragmentOf(html: string): Element[] {
  const template = document.createElement("template");
  template.innerHTML = html;
  return [...template.content.children];
}

function isBeingRead(element: Element): boolean {
  const selection = getSelection();
  return Boolean(selection && !selection.isCollapsed && selection.containsNode(element, true));
}

function whenRead(element: Element, then: () => void): void {
  const check = (): void => {
    if (isBeingRead(element)) return;
    document.removeEventListener("selectionchange", check);
    then();
  };
  document.addEventListener("selectionchange", check);
}

/** Puts an element where the one with its id is, or into the list that it names. Selected text is left alone until it is let go. */
export function swapIn(fragment: Element): void {
  const current = fragment.id ? document.getElementById(fragment.id) : null;
  if (current && isBeingRead(current)) {
    whenRead(current, () => swapIn(fragment));
    return;
  }
  if (current) {
    morph(current, fragment);
    return;
  }
  const list = document.getElementById((fragment as HTMLElement).dataset?.liveInto ?? "");
  if (!list) return;
  if ((fragment as HTMLElement).dataset.liveAt === "end") list.append(fragment);
  else prepend(list, fragment);
}

/** Browsers keep the place by themselves except at the very top of a list that is scrolled out of view. */
function prepend(list: HTMLElement, fragment: Element): void {
  const before = list.getBoundingClientRect();
  list.prepend(fragment);
  if (before.top < 0 && !CSS.supports("overflow-anchor", "auto")) scrollBy(0, fragment.getBoundingClientRect().height);
}

/** Fetches `data-live-reload`, a page or a fragment, and puts the element with the part's id in place. */
export async function reloadPart(part: HTMLElement): Promise<void> {
  if (!part.isConnected || !part.id) return;
  const headers = { "HX-Request": "true", "HX-Target": part.id };
  const answer = await fetch(part.dataset.liveReload!, { headers }).catch(() => undefined);
  if (!answer?.ok || answer.status === 204) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById(part.id);
  if (fresh) swapIn(document.importNode(fresh, true));
}
