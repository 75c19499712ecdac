/** Heights of many rows with the sum of any front part in logarithmic time (a Fenwick tree). */
export class HeightMap {
  private heights: Float64Array = new Float64Array(0);
  private tree: Float64Array = new Float64Array(1);
  count = 0;

  /** Keeps what is known of the first rows; new ones get their estimate. */
  resize(count: number, estimate: (index: number) => number): void {
    const heights = new Float64Array(count);
    heights.set(this.heights.subarray(0, Math.min(count, this.count)));
    for (let index = this.count; index < count; ++index) heights[index] = estimate(index);
    this.heights = heights;
    this.count = count;
    this.tree = new Float64Array(count + 1);
    for (let at = 1; at <= count; ++at) {
      this.tree[at]! += heights[at - 1]!;
      const parent = at + (at & -at);
      if (parent <= count) this.tree[parent]! += this.tree[at]!;
    }
  }

  get(index: number): number {
    return this.heights[index] ?? 0;
  }

  set(index: number, height: number): void {
    const change = height - this.heights[index]!;
    if (change === 0) return;
    this.heights[index] = height;
    for (let at = index + 1; at <= this.count; at += at & -at) this.tree[at]! += change;
  }

  /** Where row `index` begins. */
  top(index: number): number {
    let sum = 0;
    for (let at = Math.min(index, this.count); at > 0; at -= at & -at) sum += this.tree[at]!;
    return sum;
  }

  total(): number {
    return this.top(this.count);
  }

  /** The row that holds `offset`. */
  at(offset: number): number {
    let index = 0;
    let left = offset;
    let step = 1;
    while (step * 2 <= this.count) step *= 2;
    for (; step > 0; step >>= 1)
      if (index + step <= this.count && this.tree[index + step]! <= left) {
        index += step;
        left -= this.tree[index]!;
      }
    return Math.min(index, Math.max(0, this.count - 1));
  }
}
