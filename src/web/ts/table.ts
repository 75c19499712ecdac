import { csv } from "./csv";
import { element, iconButton } from "./element";
import { text } from "./texts";

type Row = { element: HTMLTableRowElement; cells: string[]; content: string };
const numbers = new Set(["number", "currency", "percent"]);

/** Sorts, filters, pages and downloads the plain table inside it. */
class TableElement extends HTMLElement {
  private rows: Row[] = [];
  private shown: Row[] = [];
  private page = 0;
  private sorted: { column: number; down: boolean } | undefined;
  private count = element("span", { role: "status" });
  private pages = element("span", { class: "numeric" });
  private filter = "";

  connectedCallback(): void {
    const body = this.querySelector("tbody");
    if (!body || this.dataset.ready !== undefined) return;
    this.dataset.ready = "";
    this.rows = [...body.rows].map((row) => ({
      element: row,
      cells: [...row.cells].map((cell) => cell.dataset.value ?? cell.textContent?.trim() ?? ""),
      content: (row.textContent ?? "").toLowerCase(),
    }));
    this.heads().forEach((head, column) => this.makeSortable(head, column));
    this.makeBars();
    this.show();
  }

  private heads(): HTMLTableCellElement[] {
    return [...this.querySelectorAll<HTMLTableCellElement>("thead th")];
  }

  private size(): number {
    return Number(this.dataset.page) || 25;
  }

  private makeSortable(head: HTMLTableCellElement, column: number): void {
    if (!head.textContent?.trim()) return;
    const button = element("button", { type: "button", class: "sort-button" }, ...head.childNodes);
    button.addEventListener("click", () => {
      this.sorted = this.sorted?.column === column ? (this.sorted.down ? undefined : { column, down: true }) : { column, down: false };
      this.page = 0;
      this.show();
    });
    head.append(button);
  }

  private makeBars(): void {
    const bar = element("div", { class: "table-bar" });
    if (this.rows.length > (Number(this.dataset.filter) || 20)) {
      const input = element("input", { class: "input", type: "search", "aria-label": text("filter_rows"), placeholder: text("filter_rows") });
      input.addEventListener("input", () => {
        this.filter = input.value.trim().toLowerCase();
        this.page = 0;
        this.show();
      });
      bar.append(input);
    }
    if (this.rows.length > this.size()) {
      const previous = iconButton("arrow-up", text("previous"));
      const next = iconButton("arrow-down", text("next"));
      previous.addEventListener("click", () => this.turn(-1));
      next.addEventListener("click", () => this.turn(1));
      bar.append(this.count, previous, this.pages, next);
    }
    if (this.dataset.download) {
      const button = element("button", { type: "button", class: "button button-small push" }, text("download"));
      button.addEventListener("click", () => this.download());
      bar.append(button);
    }
    if (bar.children.length) this.append(bar);
  }

  private turn(by: number): void {
    this.page += by;
    this.show();
    this.querySelector(".table-wrap")?.scrollTo({ top: 0 });
  }

  private compare(a: Row, b: Row): number {
    const { column, down } = this.sorted!;
    const one = a.cells[column] ?? "";
    const other = b.cells[column] ?? "";
    const numeric = numbers.has(this.heads()[column]?.dataset.type ?? "");
    if (one === "" || other === "") return Number(one === "") - Number(other === "");
    const order = numeric ? Number(one.replace(/[^\d.eE+-]/g, "")) - Number(other.replace(/[^\d.eE+-]/g, "")) : one.localeCompare(other, undefined, { numeric: true });
    return down ? -order : order;
  }

  private show(): void {
    this.shown = this.rows.filter((row) => row.content.includes(this.filter));
    if (this.sorted) this.shown.sort((a, b) => this.compare(a, b));
    const pages = Math.max(1, Math.ceil(this.shown.length / this.size()));
    this.page = Math.min(Math.max(0, this.page), pages - 1);
    const body = this.querySelector("tbody")!;
    const part = this.shown.slice(this.page * this.size(), (this.page + 1) * this.size());
    body.replaceChildren(...part.map((row) => row.element));
    if (!part.length) body.append(element("tr", {}, element("td", { colspan: String(this.heads().length || 1) }, text("no_rows"))));
    this.heads().forEach((head, column) => {
      if (this.sorted?.column === column) head.setAttribute("aria-sort", this.sorted.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.count.textContent = text("rows", { shown: this.shown.length, all: this.rows.length });
    this.pages.textContent = text("page", { page: this.page + 1, pages });
  }

  private download(): void {
    const head = this.heads().map((cell) => cell.textContent?.trim() ?? "");
    const file = new Blob([csv([head, ...this.shown.map((row) => row.cells)])], { type: "text/csv" });
    const link = element("a", { href: URL.createObjectURL(file), download: this.dataset.download });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }
}

export function define(): void {
  if (!customElements.get("pix-table")) customElements.define("pix-table", TableElement);
}
