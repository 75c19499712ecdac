import { element } from "../element";
import { HeightMap } from "./height_map";

const tallest = 4000; // px of rows that are drawn even if the view is not bounded

const handTime = 1500; // ms for which a scrolling goes on after the hand has let go

type Draw = (index: number) => HTMLElement;

/**
 * Draws only the rows of a long list that are in view. Rows may have any height: they start with an estimate and are measured when drawn;
 * what is being read stays where it is while rows above it change, and the end stays in view while it is being followed.
 */
export class VirtualList {
  private readonly heights = new HeightMap();
  private readonly sizer = element("div", { class: "virtual-sizer" });
  private readonly slice = element("div", { class: "virtual-slice" });
  private readonly drawn = new Map<number, HTMLElement>();
  private readonly observer: ResizeObserver;
  private first = 0;
  private queued = false;
  private jump = 0;
  private placed = -1; // where the list itself has scrolled to
  private touchedAt = -Infinity; // when somebody last scrolled by hand
  following = true;
  /** Told which rows are in view. */
  onRange: (from: number, to: number) => void = () => {};
  onFollow: (following: boolean) => void = () => {};

  constructor(
    private readonly view: HTMLElement,
    private readonly draw: Draw,
    private readonly estimate: (index: number) => number,
    label: string,
  ) {
    this.slice.setAttribute("role", "feed");
    this.slice.setAttribute("aria-label", label);
    this.sizer.append(this.slice);
    view.append(this.sizer);
    this.observer = new ResizeObserver((entries) => this.measured(entries));
    this.observer.observe(view);
    const touched = (): void => void (this.touchedAt = performance.now());
    for (const name of ["wheel", "touchmove", "keydown", "pointerdown", "pointermove"]) view.addEventListener(name, touched, { passive: true });
    view.addEventListener("scroll", () => this.scrolled(), { passive: true });
  }

  get count(): number {
    return this.heights.count;
  }

  resize(count: number): void {
    for (const [index, row] of this.drawn) if (index >= count) this.drop(index, row);
    this.heights.resize(count, this.estimate);
    this.show();
  }

  /** Rows whose content is another now. */
  redraw(from: number, to: number): void {
    for (let index = from; index < to; ++index) {
      const row = this.drawn.get(index);
      if (row) this.drop(index, row);
      else this.heights.set(index, this.estimate(index));
    }
    this.show();
  }

  toEnd(): void {
    this.following = true;
    this.show();
    this.onFollow(true);
  }

  /** Brings a row to the upper part of the view. */
  async to(index: number): Promise<HTMLElement | undefined> {
    this.following = false;
    this.onFollow(false);
    const run = ++this.jump;
    for (let tries = 0; tries < 6 && run === this.jump; ++tries) {
      this.scrollTo(Math.max(0, this.heights.top(index) - 72));
      this.show();
      await new Promise((done) => requestAnimationFrame(done));
    }
    return this.drawn.get(index);
  }

  rowAt(index: number): HTMLElement | undefined {
    return this.drawn.get(index);
  }

  /** The row that is `below` pixels under the upper edge of the view. */
  current(below = 0): number {
    return this.heights.at(this.view.scrollTop + below + 1);
  }

  private scrolled(): void {
    if (Math.abs(this.view.scrollTop - this.placed) < 2) return;
    this.placed = -1;
    const atEnd = this.view.scrollHeight - this.view.scrollTop - this.view.clientHeight < 48;
    const byHand = performance.now() - this.touchedAt < handTime;
    if (atEnd !== this.following && (atEnd || byHand)) {
      this.following = atEnd;
      this.onFollow(atEnd);
    }
    this.show();
  }

  private drop(index: number, row: HTMLElement): void {
    this.observer.unobserve(row);
    row.remove();
    this.drawn.delete(index);
  }

  private measured(entries: ResizeObserverEntry[]): void {
    const anchor = this.anchor();
    let changed = false;
    for (const entry of entries) {
      const index = Number((entry.target as HTMLElement).dataset.index);
      if (Number.isNaN(index) || this.drawn.get(index) !== entry.target) {
        changed ||= entry.target === this.view;
        continue;
      }
      const height = entry.borderBoxSize[0]?.blockSize ?? 0;
      if (height > 0 && Math.abs(height - this.heights.get(index)) > 0.5) {
        this.heights.set(index, height);
        changed = true;
      }
    }
    if (changed) this.settle(anchor);
  }

  private anchor(): { index: number; offset: number } {
    const top = this.view.scrollTop;
    const index = this.heights.at(top);
    return { index, offset: top - this.heights.top(index) };
  }

  private settle(anchor: { index: number; offset: number }): void {
    this.place();
    const wanted = this.following ? this.heights.total() - this.view.clientHeight : this.heights.top(anchor.index) + anchor.offset;
    if (Math.abs(this.view.scrollTop - wanted) > 0.5) this.scrollTo(wanted);
    this.show();
  }

  private scrollTo(top: number): void {
    this.view.scrollTop = top;
    this.placed = this.view.scrollTop;
  }

  private place(): void {
    this.sizer.style.height = `${this.heights.total()}px`;
    this.slice.style.transform = `translateY(${this.heights.top(this.first)}px)`;
  }

  private show(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.render();
    });
  }

  private render(): void {
    if (!this.count) {
      this.sizer.style.height = "0";
      return;
    }
    this.sizer.style.height = `${this.heights.total()}px`;
    if (this.following) this.scrollTo(this.heights.total());
    const height = Math.min(this.view.clientHeight, tallest);
    const top = this.view.scrollTop;
    const from = this.heights.at(Math.max(0, top - height * 0.75));
    const to = Math.min(this.count, this.heights.at(top + height * 1.75) + 1);
    for (const [index, row] of this.drawn) if ((index < from || index >= to) && !row.contains(document.activeElement)) this.drop(index, row);
    const kept = [...this.drawn.keys()].filter((index) => index < from || index >= to);
    for (const index of kept) this.drop(index, this.drawn.get(index)!);
    let place: ChildNode | null = this.slice.firstChild;
    for (let index = from; index < to; ++index) {
      let row = this.drawn.get(index);
      if (!row) {
        row = this.draw(index);
        row.dataset.index = String(index);
        row.setAttribute("aria-posinset", String(index + 1));
        row.setAttribute("aria-setsize", String(this.count));
        this.drawn.set(index, row);
        this.slice.insertBefore(row, place);
        this.observer.observe(row);
      } else if (row === place) place = place.nextSibling;
      else this.slice.insertBefore(row, place);
    }
    this.first = from;
    this.place();
    this.onRange(this.heights.at(top), Math.min(this.count, this.heights.at(top + height) + 1));
  }
}
