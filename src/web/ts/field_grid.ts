import { element, iconButton } from "./element";
import { text } from "./texts";

type Column = { key: string; label: string; type?: string };

/** An editable grid over a textarea that holds the rows as JSON. */
export class GridElement extends HTMLElement {
  private native!: HTMLTextAreaElement;
  private columns: Column[] = [];
  private body = element("tbody");
  private addButton = element("button", { type: "button", class: "button button-small" }, text("add_row"));

  connectedCallback(): void {
    const native = this.querySelector("textarea");
    if (!native || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    this.native = native;
    this.columns = JSON.parse(this.dataset.columns || "[]") as Column[];
    const head = element("tr", {}, ...this.columns.map((column) => element("th", { scope: "col" }, column.label)), element("td"));
    const table = element("table", {}, element("thead", {}, head), this.body);
    native.hidden = true;
    this.append(element("div", { class: "grid-input" }, table), this.addButton);
    this.addButton.addEventListener("click", () => {
      const row = this.addRow({});
      this.write();
      row.querySelector("input")?.focus();
    });
    this.body.addEventListener("input", () => this.write());
    native.form?.addEventListener("reset", () => setTimeout(() => this.read()));
    this.read();
  }

  private least(): number {
    return Number(this.dataset.minRows) || 1;
  }

  private read(): void {
    let rows: Record<string, unknown>[] = [];
    try {
      const value: unknown = JSON.parse(this.native.value || "[]");
      if (Array.isArray(value)) rows = value as Record<string, unknown>[];
    } catch {
      rows = [];
    }
    this.body.replaceChildren();
    for (const row of rows) this.addRow(row);
    while (this.body.rows.length < this.least()) this.addRow({});
    this.limit();
  }

  private addRow(values: Record<string, unknown>): HTMLTableRowElement {
    const row = element("tr");
    for (const column of this.columns) {
      const input = element("input", { class: "input", "aria-label": column.label, "data-key": column.key });
      if (column.type === "boolean") {
        input.type = "checkbox";
        input.className = "";
        input.checked = Boolean(values[column.key]);
      } else {
        input.type = column.type === "number" || column.type === "date" ? column.type : "text";
        if (input.type === "number") input.step = "any";
        input.value = String(values[column.key] ?? "");
      }
      row.append(element("td", {}, input));
    }
    const remove = iconButton("x", text("remove_row"));
    remove.addEventListener("click", () => {
      row.remove();
      while (this.body.rows.length < this.least()) this.addRow({});
      this.write();
      this.addButton.focus();
    });
    row.append(element("td", {}, remove));
    this.body.append(row);
    return row;
  }

  private write(): void {
    const rows = [...this.body.rows].map((row) => {
      const entries = [...row.querySelectorAll("input")].map((input): [string, unknown] => {
        if (input.type === "checkbox") return [input.dataset.key!, input.checked];
        if (input.type === "number") return [input.dataset.key!, input.value === "" ? null : Number(input.value)];
        return [input.dataset.key!, input.value];
      });
      return Object.fromEntries(entries);
    });
    const filled = rows.filter((row) => Object.values(row).some((value) => value !== null && value !== "" && value !== false));
    this.native.value = JSON.stringify(filled);
    this.limit();
  }

  private limit(): void {
    const most = Number(this.dataset.maxRows) || 1000;
    this.addButton.disabled = this.body.rows.length >= most;
  }
}
