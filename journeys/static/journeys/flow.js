// What a band or a bar of the flow stands for, told beside it while one points at it or it has the
// focus; the bands of a bar stand out with it. Escape takes both away.

let shown = null; // the link of the band or the bar

const figureOf = (link) => link.closest("figure");
const tipOf = (link) => figureOf(link).querySelector(".tip");

function bandsOf({ dataset: { from, to }, ownerSVGElement: flow }) {
  const isOf = ({ dataset }) => (from ?? dataset.from) === dataset.from && (to ?? dataset.to) === dataset.to;
  return [...flow.querySelectorAll("a[data-from][data-to]")].filter(isOf);
}

function hide() {
  if (!shown) return;
  tipOf(shown).hidden = true;
  for (const band of shown.ownerSVGElement.querySelectorAll(".is-told")) band.classList.remove("is-told");
  shown = null;
}

// Beside the point x, y of the window, within the figure.
function show(link, x, y) {
  const tip = tipOf(link);
  if (link !== shown) {
    hide();
    shown = link;
    tip.textContent = link.getAttribute("aria-label");
    tip.hidden = false;
    for (const band of bandsOf(link)) band.classList.add("is-told");
  }
  const figure = figureOf(link).getBoundingClientRect();
  const left = Math.min(x - figure.left + 14, figure.width - tip.offsetWidth - 8);
  const above = y - figure.top - tip.offsetHeight - 10;
  tip.style.transform = `translate(${Math.max(left, 8)}px, ${above}px)`;
}

const linkAt = ({ target }) => target.closest?.(".flow a[data-from], .flow a[data-to]");

document.addEventListener("pointermove", (event) => {
  const link = linkAt(event);
  if (link) show(link, event.clientX, event.clientY);
  else if (shown && shown !== document.activeElement) hide();
});
document.addEventListener("focusin", (event) => {
  const link = linkAt(event);
  if (!link?.matches(":focus-visible")) return hide();
  const { left, top, width, height } = link.getBoundingClientRect();
  show(link, left + width / 2, top + height / 2);
});
document.addEventListener("focusout", hide);
document.addEventListener("keydown", ({ key }) => {
  if (key === "Escape") hide();
});
