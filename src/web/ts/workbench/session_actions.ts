import { confirmInPage } from "../dialog";
import { iconButton } from "../element";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { askChoice, askText } from "./dialogs";
import type { SessionMeta } from "./message";
import { say } from "./say";

type Place = { api: Api; base: string; provider: string; id: string; project: string };

/** Rename, star, archive, delete and copy: the buttons beside a session's title. */
export function sessionActions(host: HTMLElement, place: Place, meta: SessionMeta & { isStarred?: boolean; isArchived?: boolean }, onStep: (by: 1 | -1) => void): void {
  const url = (rest: string): string => `/sessions/${encodeURIComponent(place.id)}${rest}`;
  const attempt = async (act: () => Promise<unknown>): Promise<boolean> => {
    try {
      await act();
      return true;
    } catch (error) {
      toast({ text: messageOf(error), kind: "error" });
      return false;
    }
  };

  const star = iconButton("star", say("star"));
  star.classList.add("star");
  star.setAttribute("aria-pressed", String(meta.isStarred ?? false));
  star.addEventListener("click", () => {
    const starred = star.getAttribute("aria-pressed") !== "true";
    star.setAttribute("aria-pressed", String(starred));
    void attempt(() => place.api.send("POST", url("/star"), { isStarred: starred, provider: place.provider })).then((done) => done || star.setAttribute("aria-pressed", String(!starred)));
  });

  const rename = iconButton("pencil", say("rename"));
  rename.addEventListener("click", async () => {
    const heading = document.getElementById("session-title");
    const title = await askText(say("rename_session"), say("title"), heading?.textContent ?? meta.title ?? "", say("rename"));
    if (title && (await attempt(() => place.api.send("PUT", url("/rename"), { title, provider: place.provider }))) && heading) heading.textContent = title;
  });

  const earlier = iconButton("arrow-up", say("earlier_prompt"));
  earlier.addEventListener("click", () => onStep(-1));
  const later = iconButton("arrow-down", say("later_prompt"));
  later.addEventListener("click", () => onStep(1));

  const remove = async (): Promise<void> => {
    if (!(await confirmInPage(say("delete_session_question")))) return;
    const project = meta.projectName ?? place.project;
    const path = `/projects/${encodeURIComponent(project)}/sessions/${encodeURIComponent(place.id)}?provider=${place.provider}`;
    if (await attempt(() => place.api.send("DELETE", path))) location.assign(project ? `${place.base}/projects/${encodeURIComponent(project)}` : `${place.base}/`);
  };
  const more = iconButton("ellipsis", say("more"));
  more.addEventListener("click", () =>
    askChoice(meta.title || say("session"), [
      { label: say("copy_id"), act: () => void navigator.clipboard?.writeText(place.id).then(() => toast({ text: say("copied"), kind: "success" })) },
      { label: say(meta.isArchived ? "unarchive" : "archive"), act: () => void attempt(() => place.api.send("POST", url("/archive"), { isArchived: !meta.isArchived, provider: place.provider })).then((done) => done && toast({ text: say("done"), kind: "success" })) },
      { label: say("delete_session"), danger: true, act: () => void remove() },
    ]),
  );
  host.replaceChildren(earlier, later, star, rename, more);
}
