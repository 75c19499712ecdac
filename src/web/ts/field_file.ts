import { element, freshId, icon, iconButton } from "./element";
import { text } from "./texts";

function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1000 && unit < 3; ++unit) value /= 1000;
  return `${unit && value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** A place to drop files on. The native input keeps the files, so that the form posts them as any form does. */
export class FileElement extends HTMLElement {
  private native!: HTMLInputElement;
  private list = element("ul", { class: "drop-files" });
  private problem = element("p", { class: "field-error", role: "alert", id: freshId("file-problem") });

  connectedCallback(): void {
    const native = this.querySelector<HTMLInputElement>("input[type=file]");
    if (!native || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    this.native = native;
    const most = Number(this.dataset.maxMb) || 0;
    const box = element("div", { class: "drop" }, element("span", {}, text("drop")), native);
    if (most) box.append(element("span", { class: "small" }, text("file_limit", { size: `${most} MB` })));
    this.append(box, this.list, this.problem);
    native.addEventListener("change", () => this.take([...(native.files ?? [])]));
    native.form?.addEventListener("reset", () => setTimeout(() => this.show()));
    box.addEventListener("dragover", (event) => {
      event.preventDefault();
      box.toggleAttribute("data-over", true);
    });
    box.addEventListener("dragleave", () => box.removeAttribute("data-over"));
    box.addEventListener("drop", (event) => {
      event.preventDefault();
      box.removeAttribute("data-over");
      const dropped = [...(event.dataTransfer?.files ?? [])];
      this.take(native.multiple ? [...(native.files ?? []), ...dropped] : dropped.slice(0, 1));
    });
  }

  private take(files: File[]): void {
    const most = (Number(this.dataset.maxMb) || Infinity) * 1_000_000;
    const kept = new DataTransfer();
    this.problem.textContent = "";
    for (const file of files) {
      if (file.size <= most) kept.items.add(file);
      else this.problem.textContent = text("file_too_big", { name: file.name, size: size(most) });
    }
    this.native.files = kept.files;
    this.show();
  }

  private show(): void {
    const files = [...(this.native.files ?? [])];
    this.list.replaceChildren(
      ...files.map((file) => {
        const remove = iconButton("x", text("remove_file", { name: file.name }));
        remove.addEventListener("click", () => this.take(files.filter((one) => one !== file)));
        return element("li", { class: "file-row" }, icon("file"), element("span", { class: "file-name" }, file.name), element("span", { class: "muted numeric" }, size(file.size)), remove);
      }),
    );
  }
}
