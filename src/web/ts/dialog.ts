import { element } from "./element";
import { text } from "./texts";

/** Asks in a dialog of the page; the focus returns to where it was. */
export function confirmInPage(question: string): Promise<boolean> {
  const yes = element("button", { class: "button button-primary", value: "yes" }, text("confirm_yes"));
  const no = element("button", { class: "button", value: "no" }, text("cancel"));
  const box = element(
    "dialog",
    { class: "dialog", "aria-label": text("confirm_title") },
    element("h2", { class: "dialog-title" }, text("confirm_title")),
    element("p", {}, question),
    element("form", { method: "dialog", class: "dialog-actions" }, no, yes),
  );
  document.body.append(box);
  box.showModal();
  yes.focus();
  return new Promise((resolve) => {
    box.addEventListener("close", () => {
      box.remove();
      resolve(box.returnValue === "yes");
    });
  });
}

export function installDialogs(): void {
  document.addEventListener("click", (event) => {
    const opener = (event.target as Element).closest<HTMLElement>("[data-dialog]");
    if (opener) (document.getElementById(opener.dataset.dialog!) as HTMLDialogElement | null)?.showModal();
    const box = event.target as Element;
    if (box instanceof HTMLDialogElement && box.classList.contains("dialog")) box.close();
    const expand = (event.target as Element).closest<HTMLElement>("[data-expand]");
    if (expand) expand.closest(".card")?.toggleAttribute("data-expanded");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelector("[data-expanded]")?.removeAttribute("data-expanded");
  });
  document.body.addEventListener("htmx:confirm", (event) => {
    const detail = (event as CustomEvent<{ elt: HTMLElement; issueRequest(skip: boolean): void }>).detail;
    const question = detail.elt.dataset.confirm;
    if (!question) return;
    event.preventDefault();
    void confirmInPage(question).then((yes) => yes && detail.issueRequest(true));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (!form.dataset.confirm || form.hasAttribute("hx-post") || form.dataset.confirmed) return;
    event.preventDefault();
    void confirmInPage(form.dataset.confirm).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit();
    });
  });
}
