// The part of a map that is in sight: what is moved, zoomed and flown over.

import { clamp } from "./geometry.js";

const [LEAST, DEEPEST] = [0.8, 60]; // times as large as the whole map
const MARGIN = 24; // CSS pixels around the whole map
const FLIGHT = 350; // ms
export const still = matchMedia("(prefers-reduced-motion: reduce)");

export class View {
  width = 0; // CSS pixels
  height = 0;
  scale = 1; // CSS pixels for one step of the grid
  #flight = 0;

  // Of the frame around all points; `changed` is called whenever something else is in sight.
  constructor(whole, changed) {
    this.whole = whole;
    this.changed = changed;
    [this.x, this.y] = [whole.x, whole.y]; // of the grid, in the middle
  }

  get fit() {
    const [across, down] = [this.width - 2 * MARGIN, this.height - 2 * MARGIN];
    return Math.min(across / this.whole.width, down / this.whole.height);
  }

  // How many times as large as the whole map.
  get depth() {
    return this.scale / this.fit;
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toGrid(x, y) {
    return [(x - this.width / 2) / this.scale + this.x, (y - this.height / 2) / this.scale + this.y];
  }

  resize(width, height) {
    const depth = this.width ? this.depth : 1;
    [this.width, this.height] = [width, height];
    this.scale = this.fit * depth;
    this.changed();
  }

  #keepInside() {
    const { x, y, width, height } = this.whole;
    this.x = clamp(this.x, x - width / 2, x + width / 2);
    this.y = clamp(this.y, y - height / 2, y + height / 2);
    this.changed();
  }

  #allowed(scale) {
    return clamp(scale, LEAST * this.fit, DEEPEST * this.fit);
  }

  // By CSS pixels.
  moveBy(right, down) {
    this.x -= right / this.scale;
    this.y -= down / this.scale;
    this.#keepInside();
  }

  zoomAt(x, y, factor) {
    this.stop();
    const [gx, gy] = this.toGrid(x, y);
    this.scale = this.#allowed(this.scale * factor);
    this.x = gx - (x - this.width / 2) / this.scale;
    this.y = gy - (y - this.height / 2) / this.scale;
    this.#keepInside();
  }

  stop() {
    cancelAnimationFrame(this.#flight);
  }

  fly(x, y, scale) {
    this.stop();
    const from = { x: this.x, y: this.y, scale: this.scale };
    const to = this.#allowed(scale);
    const began = performance.now();
    const step = (now) => {
      const part = still.matches ? 1 : clamp((now - began) / FLIGHT, 0, 1);
      const eased = part * (2 - part);
      this.scale = from.scale * (to / from.scale) ** eased;
      this.x = from.x + (x - from.x) * eased;
      this.y = from.y + (y - from.y) * eased;
      this.#keepInside();
      if (part < 1) this.#flight = requestAnimationFrame(step);
    };
    step(began);
  }

  flyBy(factor) {
    this.fly(this.x, this.y, this.scale * factor);
  }

  flyHome() {
    this.fly(this.whole.x, this.whole.y, this.fit);
  }

  // To a topic, as near as shows it with what is around it.
  flyTo({ x, y, reach }) {
    const scale = Math.min(this.width, this.height) / 5 / Math.max(reach, 60);
    this.fly(x, y, clamp(scale, this.fit, this.fit * 12));
  }

  // By parts of what is in sight.
  pan(right, down) {
    const [x, y] = this.toGrid(this.width * (0.5 + right), this.height * (0.5 + down));
    this.fly(x, y, this.scale);
  }

  // A topic that lies outside, or at the rim, is brought to the middle.
  bringIn({ x, y }) {
    const [left, top] = this.toScreen(x, y);
    const isIn = (at, size) => at > size / 8 && at < (size * 7) / 8;
    if (isIn(left, this.width) && isIn(top, this.height)) this.changed();
    else this.fly(x, y, this.scale);
  }
}
