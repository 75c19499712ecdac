/** Cells as comma-separated values. A cell that a spreadsheet would run as a formula is quoted with an apostrophe. */
export function csv(rows: string[][]): string {
  const cell = (value: string): string => {
    const safe = /^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
