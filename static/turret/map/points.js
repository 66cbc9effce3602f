// The points, written pixel by pixel: 20,000 of them in some milliseconds, with a graphics card or
// without.

import { clamp } from "./geometry.js";

export class Points {
  #paint = null; // the sprites of the points, and the image that they are put into

  constructor(map, canvas, data) {
    this.map = map;
    this.canvas = canvas;
    this.data = data;
  }

  // Have the points painted anew, in another size or in other colours.
  forget() {
    this.#paint = null;
  }

  // Those of one group alone in colour, if `lit` is not -1.
  draw(view, lit) {
    const { canvas, data } = this;
    const { width, height } = canvas;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const ratio = width / view.width;
    const radius = Math.round(ratio * radiusOf(data.ids.length, view.depth) * 2) / 2;
    const paint = this.#paintFor(radius, lit, context);
    const pixels = new Uint32Array(paint.image.data.buffer);
    pixels.fill(0);
    const [edge, scale] = [Math.ceil(radius), view.scale * ratio];
    const [left, top] = [width / 2 - view.x * scale, height / 2 - view.y * scale];
    const [right, bottom] = [width - edge, height - edge];
    for (const faint of [true, false]) {
      for (let place = 0; place < data.x.length; place++) {
        const sprite = paint.sprites[data.group[place] + 1];
        if (sprite.faint !== faint) continue;
        const x = Math.round(data.x[place] * scale + left);
        const y = Math.round(data.y[place] * scale + top);
        if (x < edge || y < edge || x >= right || y >= bottom) continue;
        const at = y * width + x;
        for (let dot = 0; dot < sprite.colours.length; dot++) {
          pixels[at + paint.offsets[dot]] = sprite.colours[dot];
        }
      }
    }
    context.putImageData(paint.image, 0, 0);
  }

  #paintFor(radius, lit, context) {
    if (this.#paint?.radius === radius && this.#paint.lit === lit) return this.#paint;
    const { width, height } = this.canvas;
    const image = this.#paint?.image ?? context.createImageData(width, height);
    this.#paint = { ...palette(this.map, this.data, lit, radius, width), image, radius, lit };
    return this.#paint;
  }
}

// CSS pixels: smaller where there are many, larger the nearer one looks.
function radiusOf(count, depth) {
  return clamp(6 - Math.log10(count + 1), 1.5, 5) + clamp(Math.log2(Math.max(depth, 1)) * 0.6, 0, 3);
}

// What a point of each group is painted with, outliers first: the colours of its pixels, which
// fade into the surface at the rim, and where they are from its middle.
function palette(map, { colours }, lit, radius, width) {
  const style = getComputedStyle(map);
  const channel = (name, at) => parseInt(style.getPropertyValue(name).trim().slice(at, at + 2), 16);
  const colour = (name) => [1, 3, 5].map((at) => channel(name, at));
  const between = (one, other, part) => Math.round(one * part + other * (1 - part));
  const mixed = (one, other, part) => one.map((value, at) => between(value, other[at], part));
  const abgr = ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  const surface = colour("--surface");
  const disc = discOf(radius);
  const sprites = [-1, ...colours.keys()].map((group) => {
    const faint = group < 0 || (lit >= 0 && group !== lit);
    const full = mixed(colour(`--map-${group < 0 ? 0 : colours[group]}`), surface, faint ? 0.3 : 1);
    return { faint, colours: Uint32Array.from(disc, ({ part }) => abgr(mixed(full, surface, part))) };
  });
  return { sprites, offsets: Int32Array.from(disc, ({ dx, dy }) => dy * width + dx) };
}

function discOf(radius) {
  const pixels = [];
  const edge = Math.ceil(radius);
  for (let dy = -edge; dy <= edge; dy++) {
    for (let dx = -edge; dx <= edge; dx++) {
      const part = clamp(radius + 0.5 - Math.hypot(dx, dy), 0, 1);
      if (part > 0.1) pixels.push({ dx, dy, part });
    }
  }
  return pixels;
}
