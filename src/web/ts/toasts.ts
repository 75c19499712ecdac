import { element, icon, iconButton } from "./element";
import { text } from "./texts";

export type Toast = { text: string; kind?: string; undo?: { url: string; label?: string }; act?: () => void; label?: string };

const icons: Record<string, string> = { success: "circle-check", info: "info", warning: "triangle-alert", error: "circle-alert" };
const shownFor = 6000;

/** Shows a message in the corner; it leaves by itself unless it is an error or is being read. */
export function toast(message: Toast): void {
  const region = document.getElementById("toasts");
  if (!region) return;
  const kind = message.kind && icons[message.kind] ? message.kind : "info";
  const box = element("div", { class: "toast", "data-kind": kind, role: kind === "error" ? "alert" : "status" });
  box.append(icon(icons[kind]), element("p", {}, message.text));
  const close = (): void => box.remove();

  const act = message.act ?? (message.undo && (() => void undo(message.undo!.url)));
  if (act) {
    const button = element("button", { type: "button", class: "button button-small" }, message.label ?? message.undo?.label ?? text("undo"));
    button.addEventListener("click", () => {
      close();
      act();
    });
    box.append(button);
  }
  const dismiss = iconButton("x", text("dismiss"));
  dismiss.addEventListener("click", close);
  box.append(dismiss);
  region.append(box);
  while (region.children.length > 5) region.firstElementChild?.remove();

  if (kind === "error") return;
  let timer = setTimeout(close, shownFor);
  const hold = (): void => clearTimeout(timer);
  const release = (): void => {
    clearTimeout(timer);
    timer = setTimeout(close, shownFor);
  };
  box.addEventListener("pointerenter", hold);
  box.addEventListener("pointerleave", release);
  box.addEventListener("focusin", hold);
  box.addEventListener("focusout", release);
}

async function undo(url: string): Promise<void> {
  const answer = await fetch(url, { method: "POST", headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok) toast({ text: answer ? text("failed", { status: answer.status }) : text("unreachable"), kind: "error" });
}

export function installToasts(): void {
  document.body.addEventListener("pixie:toast", (event) => toast((event as CustomEvent<Toast>).detail));
  document.body.addEventListener("htmx:responseError", (event) => {
    const request = (event as CustomEvent<{ xhr: XMLHttpRequest }>).detail.xhr;
    if (!request.getResponseHeader("HX-Trigger")?.includes("pixie:toast"))
      toast({ text: text("failed", { status: request.status }), kind: "error" });
  });
  document.body.addEventListener("htmx:sendError", () => toast({ text: text("unreachable"), kind: "error" }));
}
