import { element } from "../element";
import { say } from "./say";

/** Asks for one line of text; undefined when the question is left. */
export function askText(title: string, label: string, value = "", action = say("ok")): Promise<string | undefined> {
  const input = element("input", { class: "input", id: "ask-text", value, autocomplete: "off", spellcheck: "false" });
  const box = element("dialog", { class: "dialog", "aria-label": title });
  const form = element("form", { method: "dialog" });
  form.append(
    element("h2", { class: "dialog-title" }, title),
    element("div", { class: "field" }, element("label", { class: "field-label", for: "ask-text" }, label), element("div", { class: "field-control" }, input)),
    element("div", { class: "dialog-actions" }, element("button", { class: "button", value: "", type: "button", "data-leave": true }, say("cancel")), element("button", { class: "button button-primary", value: "yes" }, action)),
  );
  form.querySelector("[data-leave]")!.addEventListener("click", () => box.close(""));
  box.append(form);
  document.body.append(box);
  box.showModal();
  input.focus();
  const dot = value.lastIndexOf(".");
  input.setSelectionRange(value.lastIndexOf("/") + 1, dot > value.lastIndexOf("/") + 1 ? dot : value.length);
  return new Promise((resolve) =>
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "yes" && input.value.trim() ? input.value.trim() : undefined);
    }),
  );
}

export type Choice = { label: string; danger?: boolean; act: () => void };

/** A short list of things to do with something. */
export function askChoice(title: string, choices: Choice[]): void {
  const list = element("div", { class: "choices" });
  const box = element("dialog", { class: "dialog", "aria-label": title }, element("h2", { class: "dialog-title truncate" }, title), list);
  for (const choice of choices) {
    const button = element("button", { type: "button", class: choice.danger ? "menu-item menu-danger" : "menu-item" }, choice.label);
    button.addEventListener("click", () => {
      box.close();
      choice.act();
    });
    list.append(button);
  }
  list.append(element("form", { method: "dialog", class: "dialog-actions" }, element("button", { class: "button" }, say("cancel"))));
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
}
