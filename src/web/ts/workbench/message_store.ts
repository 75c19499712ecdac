import type { Api } from "./api";
import type { Message, Page } from "./message";

const chunk = 100;

/**
 * The messages of one conversation by their place from the start, fetched in pages from the end as they come into view. A message keeps its
 * place while the conversation grows; when it shrinks (a rewind), everything is forgotten.
 */
export class MessageStore {
  private items: (Message | undefined)[] = [];
  private readonly places = new Map<string, number>();
  private readonly asked = new Set<number>();
  /** Told which places have other content. */
  onChange: (from: number, to: number, total: number) => void = () => {};
  onError: (error: unknown) => void = () => {};
  onPage: (page: Page) => void = () => {};

  constructor(
    private readonly api: Api,
    private readonly session: string,
    private readonly provider: string,
    private readonly project: string,
  ) {}

  get total(): number {
    return this.items.length;
  }

  at(index: number): Message | undefined {
    return this.items[index];
  }

  all(): Message[] {
    return this.items.filter((one) => one !== undefined);
  }

  /** The newest page: for the beginning, and whenever the conversation has grown. */
  async refresh(limit = chunk): Promise<void> {
    const page = await this.load(0, limit);
    if (!page) return;
    const missing = page.total - this.items.length;
    if (missing > limit && this.items.length) return this.refresh(Math.min(missing + 10, 1000));
    this.take(page, 0);
  }

  /** Asks for what is missing in a range of places, whole chunks at a time. */
  need(from: number, to: number): void {
    for (let at = Math.floor(from / chunk) * chunk; at < to; at += chunk) {
      const end = Math.min(at + chunk, this.items.length);
      if (this.asked.has(at) || !this.items.slice(at, end).includes(undefined)) continue;
      this.asked.add(at);
      const offset = this.items.length - end;
      void this.load(offset, end - at).then((page) => {
        this.asked.delete(at);
        if (page) this.take(page, offset);
      });
    }
  }

  /** Where a message is, fetching older pages until it is found. */
  async find(id: string): Promise<number | undefined> {
    const same = (): number | undefined => this.places.get(id) ?? this.places.get(id.replace(/_(tr_.*|\d+)$/, ""));
    for (let end = this.items.length; end > 0 && same() === undefined; ) {
      let start = end;
      while (start > 0 && this.items[start - 1] !== undefined) --start;
      if (start === 0) break;
      end = Math.max(0, start - 1000);
      const offset = this.items.length - start;
      const page = await this.load(offset, start - end);
      if (!page) break;
      this.take(page, offset);
    }
    return same();
  }

  private async load(offset: number, limit: number): Promise<Page | undefined> {
    try {
      return await this.api.get<Page>(`/sessions/${encodeURIComponent(this.session)}/messages`, { provider: this.provider, projectName: this.project, limit, offset });
    } catch (error) {
      this.onError(error);
      return undefined;
    }
  }

  private take(page: Page, offset: number): void {
    this.onPage(page);
    const counted = page.messages.filter((one) => one.kind !== "tool_result");
    if (page.total < this.items.length) {
      this.items = [];
      this.places.clear();
    }
    const before = this.items.length;
    this.items.length = page.total;
    const start = Math.max(0, page.total - offset - counted.length);
    let from = Infinity;
    let to = -1;
    counted.forEach((message, index) => {
      const at = start + index;
      const old = this.items[at];
      if (old && JSON.stringify(old) === JSON.stringify(message)) return;
      this.items[at] = message;
      this.places.set(message.id, at);
      from = Math.min(from, at);
      to = Math.max(to, at + 1);
    });
    if (to >= 0 || before !== page.total) this.onChange(Math.min(from, page.total), Math.max(to, 0), page.total);
  }
}
