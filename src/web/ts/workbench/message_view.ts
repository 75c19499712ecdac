import { element, icon, iconButton } from "../element";
import { markdown } from "./markdown";
import { agentName, plainText, type Message, type Use } from "./message";
import { say, short } from "./say";
import { picture, toolElement, type ToolContext } from "./tool_view";

const foldAt = 12_000; // characters of one text shown at first

export type MessageContext = ToolContext & { linkTo: (id: string) => string; sinceLast?: boolean };

/** "1.2k in · 300 out · $0.02" */
export function useText(use: Use | undefined): string {
  if (!use) return "";
  const input = (use.inputTokens ?? 0) + (use.cacheReadTokens ?? 0) + (use.cacheCreationTokens ?? 0);
  const parts = [];
  if (input) parts.push(say("tokens_in", { count: short(input) }));
  const output = (use.outputTokens ?? 0) + (use.reasoningTokens ?? 0);
  if (output) parts.push(say("tokens_out", { count: short(output) }));
  if (use.cost) parts.push(money(use.cost));
  return parts.join(" · ");
}

export function money(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 4 : 2)}`;
}

function head(message: Message, who: string, context: MessageContext): HTMLElement {
  const box = element("header", { class: "message-head" }, element("span", { class: "message-who" }, who));
  if (message.timestamp) {
    const time = element("time", { datetime: message.timestamp, "data-format": "time" }, message.timestamp.slice(11, 16));
    box.append(element("a", { class: "message-time", href: context.linkTo(message.id) }, time));
  }
  const use = useText(message.tokenUsage);
  if (use) box.append(element("span", { class: "message-use numeric" }, use));
  if (message.model && message.role === "assistant") box.append(element("span", { class: "message-use message-model" }, message.model));
  return box;
}

function body(text: string, plain: boolean, context: MessageContext, key: string): HTMLElement {
  const fold = text.length > foldAt && !context.isOpen(key);
  const shown = fold ? text.slice(0, foldAt) : text;
  const box = element("div", { class: plain ? "message-plain" : "prose message-prose" });
  if (plain) box.append(shown);
  else box.append(markdown(shown));
  if (!fold) return box;
  const more = element("button", { type: "button", class: "button button-small" }, say("show_all", { size: Math.round(text.length / 1000) }));
  more.addEventListener("click", () => {
    context.setOpen(key, true);
    box.replaceWith(body(text, plain, context, key));
  });
  box.append(element("p", {}, more));
  return box;
}

function folded(message: Message, name: string, title: string, note: string, content: () => Node, context: MessageContext): HTMLElement {
  const box = element("details", { class: "fold" }, element("summary", { class: "fold-line" }, icon(name), element("span", {}, title), element("span", { class: "fold-note truncate" }, note)));
  let made = false;
  const fill = (): void => {
    if (made || !box.open) return;
    made = true;
    box.append(content());
  };
  box.open = context.isOpen(message.id);
  fill();
  box.addEventListener("toggle", () => {
    fill();
    context.setOpen(message.id, box.open);
  });
  return box;
}

function textMessage(message: Message, context: MessageContext): Node[] {
  const text = plainText(message.content);
  const user = message.role === "user";
  if (message.isCompactSummary) return [folded(message, "archive", say("summary"), text.slice(0, 120), () => body(text, false, context, `${message.id}:all`), context)];
  if (message.isLocalCommand) return [head(message, say("you"), context), element("p", { class: "local-command mono" }, `${message.commandName ?? ""} ${message.commandArgs ?? ""}`.trim() || text)];
  if (message.isLocalCommandStdout) return [element("pre", { class: "tool-output", tabindex: "0" }, text)];
  const nodes: Node[] = [head(message, user ? say("you") : agentName(message.provider), context)];
  if (text) nodes.push(body(text, false, context, `${message.id}:all`));
  const attached = element("div", { class: "attachments" });
  for (const one of [...(message.images ?? []), ...(message.files ?? [])]) {
    const shown = picture(one, context.openPicture);
    attached.append(shown ?? element("span", { class: "attachment mono" }, icon("file"), one.name ?? one.path ?? say("picture")));
  }
  if (attached.children.length) nodes.push(attached);
  if (text) {
    const copy = iconButton("copy", say("copy_message"));
    copy.dataset.copy = text;
    nodes.push(element("div", { class: "message-actions" }, copy));
  }
  return nodes;
}

/** One row of the conversation. */
export function messageElement(message: Message, context: MessageContext): HTMLElement {
  const row = element("article", { class: "message", id: `m-${message.id}`, tabindex: "-1" });
  const role = message.kind === "text" ? (message.role ?? "assistant") : message.kind === "tool_use" ? "tool" : message.kind;
  row.dataset.role = role;
  if (message.kind === "text") row.append(...textMessage(message, context));
  else if (message.kind === "tool_use") row.append(toolElement(message, context));
  else if (message.kind === "thinking") {
    const text = plainText(message.content);
    row.append(folded(message, "brain", say("thinking"), text.slice(0, 160).replaceAll("\n", " "), () => body(text, false, context, `${message.id}:all`), context));
  } else if (message.kind === "error") row.append(element("div", { class: "notice", "data-state": "bad" }, icon("circle-alert"), element("div", {}, plainText(message.content))));
  else if (message.kind === "raw") row.append(folded(message, "braces", say("raw_record"), "", () => element("pre", { class: "tool-output", tabindex: "0" }, JSON.stringify(message.record ?? message, null, 2)), context));
  else row.append(element("p", { class: "message-status small muted" }, plainText(message.text ?? message.content)));
  row.setAttribute("aria-label", role === "tool" ? (message.toolName ?? "tool") : role === "user" ? say("you") : role === "assistant" ? agentName(message.provider) : role);
  return row;
}

export function placeholderElement(): HTMLElement {
  return element("article", { class: "message message-wait", "aria-busy": "true", "aria-label": say("loading") }, element("div", { class: "skeleton skeleton-line" }), element("div", { class: "skeleton skeleton-line" }));
}

/** What a row may measure before it is drawn. */
export function estimatedHeight(message: Message | undefined, width: number): number {
  if (!message) return 72;
  const perLine = Math.max(30, Math.min(92, width / 7));
  if (message.kind === "tool_use" || message.kind === "thinking") return 36;
  const text = typeof message.content === "string" ? message.content : "";
  const rows = text.slice(0, foldAt).split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
  return 52 + rows * 20 + (message.images?.length ? 180 : 0);
}
