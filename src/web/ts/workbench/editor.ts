import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching, HighlightStyle, indentOnInput, indentUnit, LanguageDescription, syntaxHighlighting, type LanguageSupport } from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Compartment, EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import { drawSelection, EditorView, gutter, GutterMarker, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { compare, lines } from "./diff";

const legacy = async (load: Promise<Record<string, unknown>>, name: string): Promise<LanguageSupport> => {
  const { LanguageSupport, StreamLanguage } = await import("@codemirror/language");
  return new LanguageSupport(StreamLanguage.define((await load)[name] as Parameters<typeof StreamLanguage.define>[0]));
};

const languages = [
  LanguageDescription.of({ name: "JavaScript", extensions: ["js", "mjs", "cjs", "jsx"], load: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true }) }),
  LanguageDescription.of({ name: "TypeScript", extensions: ["ts", "mts", "cts", "tsx"], load: async () => (await import("@codemirror/lang-javascript")).javascript({ jsx: true, typescript: true }) }),
  LanguageDescription.of({ name: "Python", extensions: ["py", "pyi"], load: async () => (await import("@codemirror/lang-python")).python() }),
  LanguageDescription.of({ name: "C++", extensions: ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "ino", "cu"], load: async () => (await import("@codemirror/lang-cpp")).cpp() }),
  LanguageDescription.of({ name: "Rust", extensions: ["rs"], load: async () => (await import("@codemirror/lang-rust")).rust() }),
  LanguageDescription.of({ name: "Go", extensions: ["go"], load: async () => (await import("@codemirror/lang-go")).go() }),
  LanguageDescription.of({ name: "Java", extensions: ["java", "kt"], load: async () => (await import("@codemirror/lang-java")).java() }),
  LanguageDescription.of({ name: "HTML", extensions: ["html", "htm", "vue", "svelte"], load: async () => (await import("@codemirror/lang-html")).html() }),
  LanguageDescription.of({ name: "CSS", extensions: ["css", "scss", "less"], load: async () => (await import("@codemirror/lang-css")).css() }),
  LanguageDescription.of({ name: "JSON", extensions: ["json", "jsonl", "webmanifest"], load: async () => (await import("@codemirror/lang-json")).json() }),
  LanguageDescription.of({ name: "Markdown", extensions: ["md", "markdown"], load: async () => (await import("@codemirror/lang-markdown")).markdown() }),
  LanguageDescription.of({ name: "SQL", extensions: ["sql"], load: async () => (await import("@codemirror/lang-sql")).sql() }),
  LanguageDescription.of({ name: "YAML", extensions: ["yaml", "yml"], load: async () => (await import("@codemirror/lang-yaml")).yaml() }),
  LanguageDescription.of({ name: "XML", extensions: ["xml", "svg", "xsd"], load: async () => (await import("@codemirror/lang-xml")).xml() }),
  LanguageDescription.of({ name: "Shell", extensions: ["sh", "bash", "zsh"], load: () => legacy(import("@codemirror/legacy-modes/mode/shell"), "shell") }),
  LanguageDescription.of({ name: "TOML", extensions: ["toml"], load: () => legacy(import("@codemirror/legacy-modes/mode/toml"), "toml") }),
  LanguageDescription.of({ name: "CMake", extensions: ["cmake"], filename: /^CMakeLists\.txt$/, load: () => legacy(import("@codemirror/legacy-modes/mode/cmake"), "cmake") }),
  LanguageDescription.of({ name: "Ruby", extensions: ["rb"], load: () => legacy(import("@codemirror/legacy-modes/mode/ruby"), "ruby") }),
  LanguageDescription.of({ name: "Dockerfile", filename: /^Dockerfile/, load: () => legacy(import("@codemirror/legacy-modes/mode/dockerfile"), "dockerFile") }),
];

const colours = HighlightStyle.define([
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword], color: "var(--series-7)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--series-3)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--attention)" },
  { tag: [tags.comment, tags.meta], color: "var(--text-second)", fontStyle: "italic" },
  { tag: [tags.typeName, tags.className, tags.namespace, tags.tagName], color: "var(--series-6)" },
  { tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.function(tags.variableName))], color: "var(--series-1)" },
  { tag: [tags.propertyName, tags.attributeName], color: "var(--series-8)" },
  { tag: tags.heading, fontWeight: "600" },
  { tag: tags.emphasis, fontStyle: "italic" },
  { tag: tags.strong, fontWeight: "600" },
  { tag: [tags.link, tags.url], color: "var(--accent)" },
  { tag: tags.invalid, color: "var(--bad)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "var(--size-small)" },
  ".cm-scroller": { fontFamily: "var(--font-code)", lineHeight: "20px" },
  "&.cm-focused": { outline: "none" },
  ".cm-content": { caretColor: "var(--text)", padding: "8px 0" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--n9)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--n6) 22%, transparent)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": { backgroundColor: "var(--accent-back)" },
  ".cm-selectionMatch": { backgroundColor: "var(--mark-back)" },
  ".cm-searchMatch": { backgroundColor: "var(--mark-back)" },
  ".cm-searchMatch-selected": { outline: "1px solid var(--attention)" },
  ".cm-matchingBracket": { backgroundColor: "var(--n5)" },
  ".cm-panels": { backgroundColor: "var(--sunken)", color: "var(--text)", borderColor: "var(--border)" },
  ".cm-panel input, .cm-panel button": { font: "inherit", color: "inherit", background: "var(--surface)", border: "1px solid var(--border-control)", borderRadius: "var(--radius)", minHeight: "24px" },
  ".cm-panel button[name=close]": { border: "0", minWidth: "24px" },
  ".cm-changes": { width: "4px" },
  ".cm-change": { width: "3px", height: "100%" },
  ".cm-change-added": { backgroundColor: "var(--good)" },
  ".cm-change-changed": { backgroundColor: "var(--info)" },
  ".cm-change-removed": { borderTop: "3px solid var(--bad)", boxSizing: "border-box" },
});

class ChangeMarker extends GutterMarker {
  constructor(private readonly kind: string) {
    super();
  }
  override eq(other: ChangeMarker): boolean {
    return other.kind === this.kind;
  }
  override toDOM(): Node {
    const made = document.createElement("div");
    made.className = `cm-change cm-change-${this.kind}`;
    return made;
  }
}

const setChanges = StateEffect.define<RangeSet<ChangeMarker>>();
const changes = StateField.define<RangeSet<ChangeMarker>>({
  create: () => RangeSet.empty,
  update(value, transaction) {
    let now = value.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setChanges)) now = effect.value;
    return now;
  },
});

export type EditorOptions = { path: string; content: string; label: string; onChange: (text: string) => void; onSave: () => void; readOnly?: boolean };
export type Editor = { text(): string; replace(text: string): void; compareWith(base: string | undefined): void; focus(): void; goTo(line: number): void; destroy(): void };

/** An editor in a shadow tree, where the content policy lets it have style sheets of its own. */
export function openEditor(host: HTMLElement, options: EditorOptions): Editor {
  const root = host.attachShadow({ mode: "open" });
  const frame = document.createElement("div");
  frame.className = "frame";
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host { display: flex } .frame { flex: 1; min-width: 0; min-height: 0; overflow: hidden }");
  root.adoptedStyleSheets = [sheet];
  root.append(frame);
  // Single keys typed here are text, not the page's shortcuts.
  host.addEventListener("keydown", (event) => !event.ctrlKey && !event.metaKey && event.key !== "Escape" && event.stopPropagation());

  let base: string | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const language = new Compartment();
  const view = new EditorView({
    root,
    parent: frame,
    state: EditorState.create({
      doc: options.content,
      extensions: [
        gutter({ class: "cm-changes", markers: (one) => one.state.field(changes) }),
        changes,
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSelectionMatches(),
        history(),
        drawSelection(),
        EditorState.allowMultipleSelections.of(true),
        indentOnInput(),
        indentUnit.of(/\n\t/.test(options.content) ? "\t" : /\n {2}\S/.test(options.content) ? "  " : "    "),
        bracketMatching(),
        search({ top: true }),
        syntaxHighlighting(colours),
        look,
        language.of([]),
        EditorState.readOnly.of(options.readOnly ?? false),
        EditorView.contentAttributes.of({ "aria-label": options.label, tabindex: "0" }),
        keymap.of([{ key: "Mod-s", run: () => (options.onSave(), true), preventDefault: true }, ...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          options.onChange(update.state.doc.toString());
          compareSoon();
        }),
      ],
    }),
  });

  const compareNow = (): void => {
    const doc = view.state.doc;
    if (base === undefined || doc.lines > 20_000) return;
    const marks: { at: number; kind: string }[] = [];
    let line = 0;
    let removed = 0;
    for (const { kind } of compare(lines(base), lines(doc.toString()))) {
      if (kind === "removed") {
        ++removed;
        continue;
      }
      ++line;
      if (kind === "added") {
        marks.push({ at: line, kind: removed > 0 ? "changed" : "added" });
        removed = Math.max(0, removed - 1);
      } else {
        if (removed) marks.push({ at: line, kind: "removed" });
        removed = 0;
      }
    }
    const ranges = marks.filter(({ at }) => at <= doc.lines).map(({ at, kind }) => new ChangeMarker(kind).range(doc.line(at).from));
    view.dispatch({ effects: setChanges.of(RangeSet.of(ranges, true)) });
  };
  const compareSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(compareNow, 250);
  };

  const found = LanguageDescription.matchFilename(languages, options.path.split("/").pop() ?? "");
  void found?.load().then((support) => view.dispatch({ effects: language.reconfigure(support) }));

  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    compareWith: (text) => {
      base = text;
      compareNow();
    },
    focus: () => view.focus(),
    goTo: (line) => {
      const at = view.state.doc.line(Math.min(Math.max(1, line), view.state.doc.lines)).from;
      view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    },
    destroy: () => view.destroy(),
  };
}
