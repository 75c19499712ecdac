import { confirmInPage } from "../dialog";
import { element, iconButton } from "../element";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { askChoice, askText } from "./dialogs";
import { say } from "./say";

export type ProjectPlace = { name: string; display: string; path: string };
type Changed = { renamed?: string; gone?: boolean };

const url = (name: string, rest = ""): string => `/projects/${encodeURIComponent(name)}${rest}`;

async function attempt(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act();
    return true;
  } catch (error) {
    toast({ text: messageOf(error), kind: "error" });
    return false;
  }
}

/** Puts a project first in lists, or takes it from there; the button shows it at once and takes it back when it fails. */
export async function toggleStar(api: Api, name: string, button: HTMLElement): Promise<void> {
  const starred = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(starred));
  if (!(await attempt(() => api.send("POST", url(name, "/star"), { isStarred: starred })))) button.setAttribute("aria-pressed", String(!starred));
}

/** What can be done with a project besides opening it. */
export function projectMenu(api: Api, place: ProjectPlace, changed: (what: Changed) => void): void {
  const rename = async (): Promise<void> => {
    const displayName = await askText(say("rename_project"), say("project_name"), place.display, say("rename"));
    if (displayName && (await attempt(() => api.send("PUT", url(place.name, "/rename"), { displayName })))) changed({ renamed: displayName });
  };
  const archive = async (): Promise<void> => {
    const set = (isArchived: boolean): Promise<boolean> => attempt(() => api.send("POST", url(place.name, "/archive"), { isArchived }));
    if (!(await set(true))) return;
    changed({ gone: true });
    toast({ text: say("project_archived", { name: place.display }), kind: "success", label: say("undo"), act: () => void set(false).then((done) => done && location.reload()) });
  };
  const remove = async (): Promise<void> => {
    if (!(await confirmInPage(say("remove_project_question", { name: place.display })))) return;
    if (await attempt(() => api.send("DELETE", url(place.name)))) changed({ gone: true });
  };
  askChoice(place.display, [
    { label: say("rename"), act: () => void rename() },
    { label: say("copy_path"), act: () => void navigator.clipboard?.writeText(place.path).then(() => toast({ text: say("copied"), kind: "success" })) },
    { label: say("archive"), act: () => void archive() },
    { label: say("remove_project"), danger: true, act: () => void remove() },
  ]);
}

/** The buttons beside a project's title. */
export function projectActions(host: HTMLElement, api: Api, place: ProjectPlace, starred: boolean, home: string): void {
  const star = iconButton("star", say("star"));
  star.classList.add("star");
  star.setAttribute("aria-pressed", String(starred));
  star.addEventListener("click", () => void toggleStar(api, place.name, star));
  const more = iconButton("ellipsis", say("more"));
  more.addEventListener("click", () =>
    projectMenu(api, place, ({ renamed, gone }) => {
      if (gone) location.assign(home);
      if (!renamed) return;
      place.display = renamed;
      for (const title of document.querySelectorAll(".wb-title, .crumbs [aria-current]")) title.textContent = renamed;
    }),
  );
  host.replaceChildren(star, more);
}

/** The projects that were archived, to be taken out again. */
export async function showArchived(api: Api): Promise<void> {
  let projects: { name: string; displayName: string; path: string }[] = [];
  if (!(await attempt(async () => (projects = await api.get("/projects", { archived: true }))))) return;
  const list = element("ul", { class: "rows folder-list" });
  for (const { name, displayName, path } of projects) {
    const back = element("button", { type: "button", class: "button button-small", "aria-label": `${say("unarchive")}: ${displayName}` }, say("unarchive"));
    back.addEventListener("click", () => void attempt(() => api.send("POST", url(name, "/archive"), { isArchived: false })).then((done) => done && location.reload()));
    list.append(element("li", { class: "row" }, element("span", { class: "row-main" }, element("span", { class: "row-title" }, displayName), element("span", { class: "row-note mono truncate" }, path)), back));
  }
  const inside = projects.length ? list : element("p", { class: "empty-line" }, say("archived_none"));
  const box = element("dialog", { class: "dialog", "aria-label": say("archived_projects") }, element("h2", { class: "dialog-title" }, say("archived_projects")), inside, element("form", { method: "dialog", class: "dialog-actions" }, element("button", { class: "button" }, say("close"))));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}
