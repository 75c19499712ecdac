export type Picture = { data?: string; path?: string; name?: string; mimeType?: string };
export type ToolResult = { content?: unknown; isError?: boolean; toolUseResult?: unknown };
/** What a message has used, as the API gives it. */
export type Use = { inputTokens?: number; outputTokens?: number; reasoningTokens?: number; cacheReadTokens?: number; cacheCreationTokens?: number; cost?: number };

/** A normalised message as the API gives it. */
export type Message = {
  id: string;
  kind: string;
  provider?: string;
  timestamp?: string;
  role?: string;
  content?: unknown;
  images?: Picture[];
  files?: Picture[];
  model?: string;
  isLocalCommand?: boolean;
  commandName?: string;
  commandArgs?: string;
  isLocalCommandStdout?: boolean;
  isCompactSummary?: boolean;
  toolId?: string;
  toolName?: string;
  toolInput?: unknown;
  toolResult?: ToolResult;
  subagentTools?: Message[];
  text?: string;
  record?: unknown;
  tokenUsage?: Use;
};

export type Page = { messages: Message[]; total: number; hasMore: boolean; session?: SessionMeta; tokenUsage?: Record<string, unknown> };
export type SessionMeta = {
  id: string;
  title?: string | null;
  provider: string;
  lastActivity?: string;
  projectName?: string;
  projectDisplayName?: string;
  messageCount?: number;
  model?: string;
  gitBranch?: string;
  cwd?: string;
};

const agents: Record<string, string> = { claude: "Claude Code", cursor: "Cursor", codex: "Codex", gemini: "Gemini CLI", qwen: "Qwen Code", opencode: "OpenCode" };

export function agentName(provider: string | undefined): string {
  return agents[provider ?? ""] ?? provider ?? "";
}

/** Whatever a tool gave back, as text: strings as they are, parts of text joined, the rest as JSON. */
export function plainText(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.every((part) => typeof part === "string" || (part && typeof part === "object" && "type" in part)))
    return value.map((part) => (typeof part === "string" ? part : typeof part.text === "string" ? part.text : part.type === "image" ? "" : JSON.stringify(part, null, 2))).filter(Boolean).join("\n");
  return JSON.stringify(value, null, 2);
}

export function picturesIn(value: unknown): Picture[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((part) => {
    const source = part?.type === "image" ? part.source : undefined;
    return typeof source?.data === "string" && typeof source?.media_type === "string" ? [{ data: `data:${source.media_type};base64,${source.data}` }] : [];
  });
}
