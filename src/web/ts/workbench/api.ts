import { say } from "./say";

/** What the server refused, with its name for programs and its sentence for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

type Options = { method?: string; body?: unknown; query?: Record<string, string | number | boolean | undefined>; headers?: Record<string, string>; signal?: AbortSignal };
export type Answer<T> = { value: T; headers: Headers };

/** The workbench's JSON operations as the page's own cookie may call them. */
export class Api {
  constructor(readonly base: string) {}

  url(path: string, query: Options["query"] = {}): string {
    const search = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
    const text = search.toString();
    return this.base + path + (text ? `?${text}` : "");
  }

  async ask<T>(path: string, options: Options = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json", ...options.headers };
    if (options.body !== undefined) headers["Content-Type"] = "application/json";
    let answer: Response;
    try {
      const body = options.body === undefined ? undefined : JSON.stringify(options.body);
      answer = await fetch(this.url(path, options.query), { method: options.method ?? "GET", headers, body, signal: options.signal });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new ApiError(0, "UNREACHABLE", say("unreachable"));
    }
    const text = await answer.text();
    let value: unknown;
    try {
      value = text ? JSON.parse(text) : {};
    } catch {
      value = {};
    }
    if (answer.ok) return { value: value as T, headers: answer.headers };
    const body = (value ?? {}) as { error?: { code?: string; message?: string } & Record<string, unknown> };
    const code = body.error?.code ?? "";
    if (answer.status === 401 || code === "INVALID_TOKEN") this.signIn();
    throw new ApiError(answer.status, code, body.error?.message ?? say("failed", { status: answer.status }), { ...body, ...body.error });
  }

  async get<T>(path: string, query: Options["query"] = {}, signal?: AbortSignal): Promise<T> {
    return (await this.ask<T>(path, { query, signal })).value;
  }

  async send<T>(method: string, path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<T> {
    return (await this.ask<T>(path, { method, body, headers })).value;
  }

  private signIn(): void {
    const base = this.base.replace(/\/api$/, "");
    location.assign(`${base}/login?next=${encodeURIComponent(location.pathname + location.search + location.hash)}`);
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
