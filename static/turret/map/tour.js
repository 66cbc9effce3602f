// Goes from topic to topic, each by its number here, and says where it is.

import { nextIn } from "./geometry.js";
import { counted } from "./tip.js";

export class Tour {
  // Keeps in `scene` which topic it has reached; `said` is where it says so.
  constructor(data, view, scene, said) {
    Object.assign(this, { data, view, scene, said });
  }

  #reach(of, more = "") {
    const { name, texts } = this.data.topics[of];
    this.scene.reached = of;
    this.said.textContent = `${name}: ${counted(texts, "text")}${more}`;
  }

  // To the next topic to a side, of those that are in colour; to the largest, to begin with.
  walk(way) {
    const { topics, bySize } = this.data;
    const { lit, reached } = this.scene;
    const shown = bySize.filter((of) => lit < 0 || topics[of].group === lit);
    const next = reached < 0 ? 0 : nextIn(way, topics[reached], shown.map((of) => topics[of]));
    if (next < 0 || !shown.length) return;
    this.#reach(shown[next], ". Enter opens it.");
    this.view.bringIn(topics[this.scene.reached]);
  }

  // Answers whether there is such a topic.
  flyTo(id) {
    const of = this.data.topics.findIndex((each) => each.id === id);
    if (of < 0) return false;
    this.#reach(of);
    this.view.flyTo(this.data.topics[of]);
    return true;
  }

  flyHome() {
    this.end();
    this.view.flyHome();
  }

  end() {
    this.scene.reached = -1;
    this.said.textContent = "";
  }
}
