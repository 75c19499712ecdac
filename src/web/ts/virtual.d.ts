declare module "virtual:texts" {
  const texts: Record<string, string>;
  export default texts;
}

declare module "virtual:texts/workbench" {
  const texts: Record<string, string>;
  export default texts;
}

declare module "virtual:texts/de" {
  const texts: Record<string, string>;
  export default texts;
}

declare module "virtual:texts/workbench/de" {
  const texts: Record<string, string>;
  export default texts;
}

declare module "plotly.js-strict-dist-min" {
  type Trace = Record<string, unknown>;
  interface Plotly {
    react(element: HTMLElement, data: Trace[], layout: Trace, config: Trace): Promise<unknown>;
    extendTraces(element: HTMLElement, update: Trace, indices: number[]): Promise<unknown>;
    relayout(element: HTMLElement, layout: Trace): Promise<unknown>;
    purge(element: HTMLElement): void;
    Plots: { resize(element: HTMLElement): void };
  }
  const plotly: Plotly;
  export default plotly;
}
