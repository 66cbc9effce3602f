// What the text that one points at says, asked of the server together with those around it.

import { CELL, placesAround } from "./data.js";
import { clamp } from "./geometry.js";

const AT_ONCE = 100; // texts asked for around the pointer
const PAUSE = 60; // ms that the pointer rests before they are

export const counted = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

export class Tip {
  #known = new Map(); // by place: what the server said of a text, or null once it is asked
  #shown = -1;
  #asking = 0;

  constructor(element, data, view, { url, topicAddress }) {
    Object.assign(this, { element, data, view, url, topicAddress });
  }

  get isKept() {
    return this.element.classList.contains("kept");
  }

  // With its link: a finger cannot hover.
  keep() {
    this.element.classList.add("kept");
  }

  hide() {
    this.#shown = -1;
    this.element.hidden = true;
    this.element.classList.remove("kept");
  }

  show(place) {
    const { element, data, view } = this;
    const known = this.#known.get(place);
    this.#shown = place;
    element.replaceChildren(...(known ? this.#told(known) : ["…"]));
    element.hidden = false;
    const [x, y] = view.toScreen(data.x[place], data.y[place]);
    const { offsetWidth: width, offsetHeight: height } = element;
    const left = clamp(x - width / 2, 8, Math.max(view.width - width - 8, 8));
    const top = y + 16 + height > view.height && y > height + 16 ? y - height - 14 : y + 14;
    element.style.transform = `translate(${left}px, ${top}px)`;
    if (known !== undefined) return;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => this.#ask(place), PAUSE);
  }

  #told({ text, topic, topic_id: id, similarity, occurrences }) {
    const words = document.createElement("bdi");
    words.textContent = text || "This text has been deleted.";
    if (!text) return [words];
    const facts = document.createElement("span");
    facts.className = "muted";
    const link = document.createElement(id ? "a" : "span");
    link.textContent = id ? topic : "Outlier";
    if (id) link.href = this.topicAddress(id);
    const parts = [` · similarity ${similarity?.toFixed(2) ?? "–"}`];
    if (occurrences > 1) parts.push(` · ${counted(occurrences, "message")}`);
    facts.append(link, ...parts);
    return [words, facts];
  }

  // The text itself, and those around it that the pointer may come to next.
  async #ask(place) {
    const { data } = this;
    const [x, y] = [data.x[place], data.y[place]];
    const far = (other) => (data.x[other] - x) ** 2 + (data.y[other] - y) ** 2;
    const unknown = [...placesAround(data, x, y, CELL / 2)].filter((other) => !this.#known.has(other));
    const asked = unknown.sort((one, other) => far(one) - far(other)).slice(0, AT_ONCE);
    for (const other of asked) this.#known.set(other, null);
    try {
      const answer = await fetch(`${this.url}&ids=${asked.map((other) => data.ids[other])}`);
      const found = new Map((await answer.json()).texts.map((text) => [text.id, text]));
      for (const other of asked) this.#known.set(other, found.get(data.ids[other]) ?? { text: "" });
    } catch {
      for (const other of asked) this.#known.delete(other);
      return;
    }
    if (this.#shown >= 0) this.show(this.#shown);
  }
}
