import { element } from "../element";
import { toast } from "../toasts";
import { messageOf, type Api } from "./api";
import { say } from "./say";

type Sides = { base: string | null; ours: string | null; theirs: string | null; current: string | null };
type Run = (operation: string, body?: Record<string, unknown>) => Promise<boolean>;

/** A file in conflict: one side as it is, or a text of one's own that starts as what git has left. */
export async function showConflict(api: Api, project: string, path: string, run: Run): Promise<void> {
  let sides: Sides;
  try {
    sides = await api.get<Sides>("/git/conflict", { project, file: path });
  } catch (error) {
    toast({ text: messageOf(error), kind: "error" });
    return;
  }
  const resolve = async (side: "ours" | "theirs" | "content", more: Record<string, unknown> = {}): Promise<void> => {
    if (await run("resolve", { file: path, side, ...more })) box.close();
  };
  const column = (side: "ours" | "theirs"): HTMLElement => {
    const take = element("button", { type: "button", class: "button button-small" }, say(side === "ours" ? "take_ours" : "take_theirs_side"));
    take.addEventListener("click", () => void resolve(side));
    const text = sides[side];
    return element("section", { class: "conflict-side" }, element("header", { class: "conflict-head" }, element("h3", {}, say(side)), take), element("pre", { class: "conflict-text mono", tabindex: "0" }, text ?? say("side_deleted")));
  };
  const own = element("textarea", { class: "textarea mono conflict-own", id: "conflict-own", rows: "12", spellcheck: "false" });
  own.value = sides.current ?? "";
  const save = element("button", { type: "button", class: "button button-primary" }, say("take_content"));
  save.addEventListener("click", () => {
    if (/^(<{7}|={7}|>{7})/m.test(own.value)) toast({ text: say("marks_left"), kind: "warning" });
    else void resolve("content", { content: own.value });
  });
  const leave = element("button", { type: "button", class: "button" }, say("cancel"));
  leave.addEventListener("click", () => box.close());
  const title = say("conflict_in", { path });
  const box = element("dialog", { class: "dialog conflict-dialog", "aria-label": title }, element("h2", { class: "dialog-title truncate" }, title), element("div", { class: "conflict-sides" }, column("ours"), column("theirs")), element("div", { class: "field" }, element("label", { class: "field-label", for: "conflict-own" }, say("conflict_own")), own), element("div", { class: "dialog-actions" }, leave, save));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}
