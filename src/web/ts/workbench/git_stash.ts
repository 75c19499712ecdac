import { element, iconButton } from "../element";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { say } from "./say";

type Stash = { index: number; hash: string; message: string; date: string };
type Run = (operation: string, body?: Record<string, unknown>) => Promise<boolean>;

/** What has been put aside: a dialog to bring a stash back, to try it or to drop it, and to put more aside. */
export async function showStashes(api: Api, project: string, run: Run): Promise<void> {
  const list = element("ul", { class: "rows" });
  const message = element("input", { class: "input", id: "stash-message", autocomplete: "off", placeholder: say("stash_message_hint") });
  const untracked = element("input", { type: "checkbox" });
  const keep = element("button", { class: "button button-primary", type: "submit" }, say("stash_changes"));
  const leave = element("button", { class: "button", type: "button" }, say("close"));
  const form = element("form", { class: "stack" }, element("h2", { class: "dialog-title" }, say("stashes")), list, element("div", { class: "field" }, element("label", { class: "field-label", for: "stash-message" }, say("stash_message")), element("div", { class: "field-control" }, message)), element("label", { class: "check" }, untracked, ` ${say("stash_untracked")}`), element("div", { class: "dialog-actions" }, leave, keep));
  const box = element("dialog", { class: "dialog", "aria-label": say("stashes") }, form);

  const use = (stash: Stash, how: "pop" | "apply" | "drop", name: string): HTMLButtonElement => {
    const button = how === "drop" ? iconButton("trash-2", `${say("stash_drop")}: ${stash.message}`) : element("button", { type: "button", class: "button button-small", "aria-label": `${name}: ${stash.message}` }, name);
    button.addEventListener("click", async () => {
      if (await run(`stash/${how}`, { index: stash.index, hash: stash.hash })) {
        if (how === "pop") box.close();
        else await look();
      }
    });
    return button;
  };
  const look = async (): Promise<void> => {
    const { stashes } = await api.get<{ stashes: Stash[] }>("/git/stashes", { project });
    const rows = stashes.map((stash) => element("li", { class: "row" }, element("span", { class: "row-main" }, element("span", { class: "row-title truncate", title: stash.message }, stash.message), element("time", { class: "row-note", datetime: stash.date }, stash.date.slice(0, 10))), use(stash, "pop", say("stash_pop_one")), use(stash, "apply", say("stash_apply")), use(stash, "drop", "")));
    list.replaceChildren(...(rows.length ? rows : [element("li", { class: "row" }, element("p", { class: "empty-line" }, say("stash_none")))]));
  };

  leave.addEventListener("click", () => box.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!(await run("stash", { ...(message.value.trim() ? { message: message.value.trim() } : {}), includeUntracked: untracked.checked }))) return;
    message.value = "";
    await look();
  });
  box.addEventListener("close", () => box.remove());
  try {
    await look();
  } catch (error) {
    toast({ text: messageOf(error), kind: "error" });
    return;
  }
  document.body.append(box);
  box.showModal();
}
