import { text } from "./texts";
import { toast } from "./toasts";

export async function copyText(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return copyBySelection(value);
  }
}

/** For pages that are not a secure context, where the clipboard interface is missing. */
function copyBySelection(value: string): boolean {
  const area = document.createElement("textarea");
  area.value = value;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
}

export function installCopyButtons(): void {
  document.addEventListener("click", async (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-copy], [data-copy-from]");
    if (!button) return;
    const from = button.dataset.copyFrom;
    const value = from ? (document.querySelector(from)?.textContent ?? "") : (button.dataset.copy ?? "");
    const copied = await copyText(value);
    toast(copied ? { text: text("copied"), kind: "success" } : { text: text("copy_failed"), kind: "error" });
    button.focus();
  });
}
