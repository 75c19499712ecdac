/** A chart as a tool describes it: the output's type without `chart_`, its labels, and the tool's own value. */
export type Figure = {
  kind: string;
  title?: string;
  x_label?: string;
  y_label?: string;
  log_x?: boolean;
  log_y?: boolean;
  x?: (number | string | null)[];
  series?: Series[];
  slices?: { label: string; value: number }[];
  donut?: boolean;
  values?: number[];
  bins?: number;
  outliers?: boolean;
  z?: (number | null)[][];
  x_labels?: (string | number)[];
  y_labels?: (string | number)[];
};
export type Point = { x: number | string; y: number; label?: string; size?: number; colour?: string };
export type Series = { name?: string; x?: (number | string | null)[]; y?: (number | null)[]; values?: number[]; points?: Point[] };
export type Colours = { series: string[]; text: string; second: string; grid: string; surface: string; scale: [number, string][] };
type Trace = Record<string, unknown>;

/** True when a line goes to and fro in x: it is a path in a plane, not a value over time. */
export function isPath(figure: Figure): boolean {
  if (figure.kind !== "line") return false;
  const xs = figure.series?.find((series) => series.x)?.x ?? figure.x ?? [];
  let turns = 0;
  let direction = 0;
  for (let index = 1; index < xs.length && turns < 3; ++index) {
    const step = Math.sign(Number(xs[index]) - Number(xs[index - 1]));
    if (step && direction && step !== direction) ++turns;
    if (step) direction = step;
  }
  return turns >= 3;
}

export function countPoints(figure: Figure): number {
  if (figure.slices) return figure.slices.length;
  if (figure.values) return figure.values.length;
  if (figure.z) return figure.z.reduce((sum, row) => sum + row.length, 0);
  return (figure.series ?? []).reduce((sum, one) => sum + (one.points ?? one.values ?? one.y ?? []).length, 0);
}

export function namesOf(figure: Figure): string[] {
  return (figure.series ?? []).map((series, index) => series.name || `${index + 1}`);
}

export function traces(figure: Figure, colours: Colours): Trace[] {
  const colour = (index: number): string => colours.series[index % colours.series.length]!;
  const series = figure.series ?? [];
  switch (figure.kind) {
    case "scatter":
      return series.map((one, index) => ({
        type: "scatter",
        mode: "markers",
        name: one.name,
        x: one.points?.map((point) => point.x) ?? one.x ?? figure.x,
        y: one.points?.map((point) => point.y) ?? one.y,
        text: one.points?.map((point) => point.label ?? ""),
        marker: { color: one.points?.some((point) => point.colour) ? one.points.map((point) => point.colour ?? colour(index)) : colour(index), size: one.points?.map((point) => point.size ?? 6) ?? 6 },
      }));
    case "bar":
      return series.map((one, index) => ({ type: "bar", name: one.name, x: one.x ?? figure.x, y: one.y, marker: { color: colour(index) } }));
    case "pie":
      return [{ type: "pie", labels: figure.slices?.map((slice) => slice.label), values: figure.slices?.map((slice) => slice.value), hole: figure.donut ? 0.55 : 0, sort: false, marker: { colors: colours.series, line: { color: colours.surface, width: 1 } }, textinfo: "label+percent", textposition: "outside" }];
    case "histogram":
      return [{ type: "histogram", x: figure.values, nbinsx: figure.bins, marker: { color: colour(0), line: { color: colours.surface, width: 1 } } }];
    case "boxplot":
      return series.map((one, index) => ({ type: "box", name: one.name, y: one.values ?? one.y, boxpoints: figure.outliers === false ? false : "outliers", marker: { color: colour(index) } }));
    case "heatmap":
      return [{ type: "heatmap", z: figure.z, x: figure.x_labels, y: figure.y_labels, colorscale: colours.scale, colorbar: { outlinewidth: 0, thickness: 10 } }];
    default: {
      const path = isPath(figure);
      const large = countPoints(figure) > 20_000;
      return series.map((one, index) => ({
        type: large ? "scattergl" : "scatter",
        mode: "lines",
        name: one.name,
        x: one.x ?? figure.x,
        y: one.y,
        line: { color: colour(index), width: path ? 1 : 1.75 },
        connectgaps: false,
        ...(figure.kind === "area" ? { type: "scatter", stackgroup: "all", fillcolor: `${colour(index)}55` } : {}),
        ...(series.length === 1 ? { hovertemplate: "%{x:.5~g}, %{y:.5~g}<extra></extra>" } : {}),
      }));
    }
  }
}

export function layout(figure: Figure, colours: Colours, font: { family: string; size: number }, still: boolean): Trace {
  const axis = (title: string | undefined, log: boolean | undefined): Trace => ({
    title: { text: title ?? "", standoff: 8 },
    type: log ? "log" : undefined,
    automargin: true,
    gridcolor: colours.grid,
    linecolor: colours.grid,
    zerolinecolor: colours.grid,
    tickfont: { color: colours.second },
  });
  return {
    font: { ...font, color: colours.text },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 44, r: 12, t: 8, b: 40 },
    xaxis: axis(figure.x_label, figure.log_x),
    yaxis: axis(figure.y_label, figure.log_y),
    barmode: "group",
    showlegend: (figure.series?.length ?? 0) > 1,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom" },
    hovermode: isPath(figure) ? "closest" : figure.kind === "line" || figure.kind === "area" ? "x unified" : "closest",
    hoverlabel: { bgcolor: colours.surface, bordercolor: colours.grid, font: { color: colours.text } },
    transition: still ? undefined : { duration: 0 },
    uirevision: "kept",
  };
}

/** Rows of the table that says the same as the chart. */
export function dataRows(figure: Figure, most: number): { head: string[]; rows: string[][] } {
  const show = (value: unknown): string => (value === null || value === undefined ? "" : String(value));
  if (figure.slices) return { head: ["", ""], rows: figure.slices.slice(0, most).map((slice) => [slice.label, show(slice.value)]) };
  if (figure.values) return { head: [figure.x_label || "1"], rows: figure.values.slice(0, most).map((value) => [show(value)]) };
  if (figure.z)
    return {
      head: ["", ...(figure.x_labels ?? figure.z[0]?.map((_, index) => index) ?? []).map(show)],
      rows: figure.z.slice(0, most).map((row, index) => [show(figure.y_labels?.[index] ?? index), ...row.map(show)]),
    };
  const series = figure.series ?? [];
  const names = namesOf(figure);
  if (series.some((one) => one.points))
    return { head: ["", figure.x_label || "x", figure.y_label || "y"], rows: series.flatMap((one, index) => (one.points ?? []).map((point) => [names[index]!, show(point.x), show(point.y)])).slice(0, most) };
  if (series.some((one) => one.values)) return { head: names, rows: rowsOf(series.map((one) => one.values ?? []), most, show) };
  const columns = [series[0]?.x ?? figure.x ?? [], ...series.map((one) => one.y ?? [])];
  return { head: [figure.x_label || "x", ...names], rows: rowsOf(columns, most, show) };
}

function rowsOf(columns: unknown[][], most: number, show: (value: unknown) => string): string[][] {
  const length = Math.min(most, Math.max(0, ...columns.map((column) => column.length)));
  return Array.from({ length }, (_, row) => columns.map((column) => show(column[row])));
}
