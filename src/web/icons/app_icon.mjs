// The icon of the application, drawn once and written as SVG and as PNG.
import { deflateSync } from "node:zlib";

const size = 64;
const radius = 14;
const back = [0x4f, 0x46, 0xe5];
const bolt = [[36, 8], [15, 36], [29, 36], [26, 56], [49, 27], [34, 27]];

export function appIcon() {
  const points = bolt.map((point) => point.join(",")).join(" ");
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size} ${size}"><rect width="${size}" height="${size}" rx="${radius}" fill="#4f46e5"/><polygon points="${points}" fill="#fff"/></svg>\n`;
}

function inBolt(x, y) {
  let inside = false;
  for (let i = 0, j = bolt.length - 1; i < bolt.length; j = i++) {
    const [ax, ay] = bolt[i];
    const [bx, by] = bolt[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

/** Sixteen samples a pixel. The square is full, so that launchers can cut it to any shape. */
function pixel(x, y, pixels) {
  let covered = 0;
  for (let i = 0; i < 4; ++i)
    for (let j = 0; j < 4; ++j) covered += inBolt(((x + (i + 0.5) / 4) * size) / pixels, ((y + (j + 0.5) / 4) * size) / pixels) ? 1 : 0;
  return back.map((part) => Math.round(part + ((255 - part) * covered) / 16));
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; ++k) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  let crc = 0xffffffff;
  for (const byte of body) crc = crcTable[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE((crc ^ 0xffffffff) >>> 0);
  return Buffer.concat([length, body, sum]);
}

/** PNG of 8-bit RGB. Source: PNG specification, third edition, sections 5 and 11. */
export function appIconPng(pixels) {
  const rows = Buffer.alloc(pixels * (pixels * 3 + 1));
  for (let y = 0; y < pixels; ++y)
    for (let x = 0; x < pixels; ++x) rows.set(pixel(x, y, pixels), y * (pixels * 3 + 1) + 1 + x * 3);
  const head = Buffer.alloc(13);
  head.writeUInt32BE(pixels, 0);
  head.writeUInt32BE(pixels, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
