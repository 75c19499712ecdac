// As much of mustache as the templates use: sections, inverted sections, partials, escaped and raw values, dotted names.

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const tag = /\{\{\{\s*([\w.]+)\s*\}\}\}|\{\{([#^/>!]?)\s*([^}]*?)\s*\}\}/g;

function lookUp(stack, name) {
  if (name === ".") return stack.at(-1);
  const [first, ...rest] = name.split(".");
  for (let depth = stack.length - 1; depth >= 0; --depth) {
    const context = stack[depth];
    if (typeof context === "object" && context !== null && first in context)
      return rest.reduce((value, key) => value?.[key], context[first]);
  }
  return undefined;
}

function parse(text) {
  const root = [];
  const open = [{ nodes: root, name: "" }];
  let from = 0;
  for (const match of text.matchAll(tag)) {
    const nodes = open.at(-1).nodes;
    nodes.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const [, raw, kind, name] = match;
    if (raw) nodes.push({ kind: "raw", name: raw });
    else if (kind === "#" || kind === "^") {
      const section = { kind, name, nodes: [] };
      nodes.push(section);
      open.push(section);
    } else if (kind === "/") {
      if (open.pop().name !== name) throw new Error(`{{/${name}}} closes nothing`);
    } else if (kind !== "!") nodes.push({ kind: kind || "text", name });
  }
  open.at(-1).nodes.push(text.slice(from));
  if (open.length !== 1) throw new Error(`{{#${open.at(-1).name}}} is not closed`);
  return root;
}

function run(nodes, stack, partial) {
  let out = "";
  for (const node of nodes) {
    if (typeof node === "string") {
      out += node;
      continue;
    }
    if (node.kind === ">") {
      out += run(parse(partial(node.name)), stack, partial);
      continue;
    }
    const value = lookUp(stack, node.name);
    const truthy = Array.isArray(value) ? value.length > 0 : Boolean(value);
    if (node.kind === "raw") out += value ?? "";
    else if (node.kind === "text") out += String(value ?? "").replace(/[&<>"']/g, (letter) => escapes[letter]);
    else if (node.kind === "^") out += truthy ? "" : run(node.nodes, stack, partial);
    else if (Array.isArray(value)) for (const item of value) out += run(node.nodes, [...stack, item], partial);
    else if (truthy) out += run(node.nodes, [...stack, value], partial);
  }
  return out;
}

export function render(text, view, partial) {
  return run(parse(text), [view], partial);
}
