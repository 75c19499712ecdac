export type Commit = { hash: string; author: string; email?: string; date: string; message: string; parents: string[]; refs: string[]; stats?: string };
export type GraphRow = { lane: number; lanes: number; lines: { from: number; to: number; colour: number }[]; colour: number; isHead: boolean };

/** In which lane each commit stands and which lines lead from its row to the next one. */
export function graph(commits: Commit[]): GraphRow[] {
  let lanes: (string | undefined)[] = [];
  return commits.map((commit) => {
    let lane = lanes.indexOf(commit.hash);
    const isHead = lane < 0;
    if (isHead) {
      lane = lanes.indexOf(undefined);
      if (lane < 0) lane = lanes.length;
      lanes[lane] = commit.hash;
    }
    const next = lanes.map((one) => (one === commit.hash ? undefined : one));
    const lines: GraphRow["lines"] = [];
    commit.parents.forEach((parent, index) => {
      let place = next.indexOf(parent);
      if (place < 0) {
        place = index === 0 && next[lane] === undefined ? lane : next.indexOf(undefined);
        if (place < 0) place = next.length;
        next[place] = parent;
      }
      lines.push({ from: lane, to: place, colour: index === 0 ? lane : place });
    });
    lanes.forEach((one, place) => {
      if (one !== undefined && one !== commit.hash) lines.push({ from: place, to: next.indexOf(one), colour: place });
    });
    while (next.length && next.at(-1) === undefined) next.pop();
    const row = { lane, lanes: Math.max(lanes.length, next.length), lines, colour: lane, isHead };
    lanes = next;
    return row;
  });
}

const step = 12;
const touch = typeof matchMedia === "function" && matchMedia("(max-width: 767px)").matches;
const height = touch ? 44 : 26;

/** A row's part of the picture; lanes beyond the twelfth are left out. */
export function graphPicture(row: GraphRow, widest: number): SVGSVGElement {
  const width = Math.min(widest, 12) * step + 6;
  const make = <K extends keyof SVGElementTagNameMap>(name: K, attributes: Record<string, string>): SVGElementTagNameMap[K] => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const svg = make("svg", { class: "log-graph", width: String(width), height: String(height), "aria-hidden": "true" });
  const x = (lane: number): number => lane * step + 9;
  for (const { from, to, colour } of row.lines) {
    const path = make("path", { d: from === to ? `M${x(from)} ${from === row.lane ? height / 2 : 0}V${height}` : `M${x(from)} ${from === row.lane ? height / 2 : 0}C${x(from)} ${height} ${x(to)} ${height / 2} ${x(to)} ${height}` });
    path.style.stroke = `var(--series-${(colour % 8) + 1})`;
    svg.append(path);
  }
  const above = make("path", { d: row.isHead ? "" : `M${x(row.lane)} 0V${height / 2}` });
  above.style.stroke = `var(--series-${(row.colour % 8) + 1})`;
  svg.append(above);
  const dot = make("circle", { cx: String(x(row.lane)), cy: String(height / 2), r: "3.5" });
  dot.style.fill = `var(--series-${(row.colour % 8) + 1})`;
  svg.append(dot);
  return svg;
}
