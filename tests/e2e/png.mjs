// Makes a screenshot small: 256 colours of a palette in the place of three bytes a pixel (ISO/IEC 15948).

import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** The same picture with at most 256 colours; what the browser takes, 8 bits a channel and not interlaced. */
export function smallPng(png) {
  const { width, height, channels, data } = decoded(png);
  const pixels = unfiltered(inflateSync(data), width, height, channels);
  const { palette, nearest } = paletteOf(pixels, channels);
  const rows = Buffer.alloc((width + 1) * height);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const at = (row * width + column) * channels;
      rows[row * (width + 1) + column + 1] = nearest(pixels[at], pixels[at + 1], pixels[at + 2]);
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    SIGNATURE, chunk("IHDR", header), chunk("PLTE", palette), chunk("IDAT", deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function decoded(png) {
  const parts = [];
  let width = 0;
  let height = 0;
  let channels = 0;
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString("latin1", at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (type === "IHDR") {
      [width, height] = [data.readUInt32BE(0), data.readUInt32BE(4)];
      channels = { 2: 3, 6: 4 }[data[9]];
      if (data[8] !== 8 || channels === undefined || data[12] !== 0) throw new Error("not the kind of PNG a browser takes");
    } else if (type === "IDAT") {
      parts.push(data);
    }
    at += length + 12;
  }
  return { width, height, channels, data: Buffer.concat(parts) };
}

/** Section 9.2: each byte was stored as its difference from what stands left, above or both. */
function unfiltered(raw, width, height, channels) {
  const stride = width * channels;
  const pixels = Buffer.alloc(stride * height);
  for (let row = 0; row < height; row += 1) {
    const filter = raw[row * (stride + 1)];
    for (let index = 0; index < stride; index += 1) {
      const at = row * stride + index;
      const left = index >= channels ? pixels[at - channels] : 0;
      const above = row > 0 ? pixels[at - stride] : 0;
      const corner = index >= channels && row > 0 ? pixels[at - stride - channels] : 0;
      const guess = [0, left, above, (left + above) >> 1, paeth(left, above, corner)][filter];
      pixels[at] = (raw[row * (stride + 1) + 1 + index] + guess) & 255;
    }
  }
  return pixels;
}

function paeth(left, above, corner) {
  const estimate = left + above - corner;
  const distances = [Math.abs(estimate - left), Math.abs(estimate - above), Math.abs(estimate - corner)];
  if (distances[0] <= distances[1] && distances[0] <= distances[2]) return left;
  return distances[1] <= distances[2] ? above : corner;
}

/** The most frequent colours, none too near to one already chosen; and the nearest of them to any colour. */
function paletteOf(pixels, channels) {
  const counts = new Map();
  for (let at = 0; at < pixels.length; at += channels) {
    const colour = (pixels[at] << 16) | (pixels[at + 1] << 8) | pixels[at + 2];
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const frequent = [...counts.keys()].sort((a, b) => counts.get(b) - counts.get(a));
  const chosen = frequent.slice(0, 64);
  for (const apart of [24, 12, 6, 0]) {
    for (const colour of frequent) {
      if (chosen.length === 256) break;
      if (!chosen.includes(colour) && chosen.every((other) => distance(colour, other) > apart * apart)) chosen.push(colour);
    }
  }
  const palette = Buffer.from(chosen.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]));
  const known = new Map();
  const nearest = (red, green, blue) => {
    const colour = (red << 16) | (green << 8) | blue;
    let found = known.get(colour);
    if (found === undefined) {
      found = 0;
      for (let index = 1; index < chosen.length; index += 1) {
        if (distance(colour, chosen[index]) < distance(colour, chosen[found])) found = index;
      }
      known.set(colour, found);
    }
    return found;
  };
  return { palette, nearest };
}

function distance(a, b) {
  const red = (a >> 16) - (b >> 16);
  const green = ((a >> 8) & 255) - ((b >> 8) & 255);
  const blue = (a & 255) - (b & 255);
  return red * red + green * green + blue * blue;
}
