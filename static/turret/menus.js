// Menus close on Escape and on a click elsewhere, long ones are searched; a notice closes by its button.

const OPEN = "details.menu[open], details.confirm[open]";

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll(OPEN)) {
    if (!menu.contains(event.target)) menu.open = false;
  }
  const cancel = event.target.closest("[data-close]");
  if (cancel) cancel.closest("details").open = false;
  event.target.closest("[data-dismiss]")?.closest(".notice").remove();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll(OPEN)) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// On a narrow window the current page's link may lie outside its scrolling row.
for (const here of document.querySelectorAll(":is(.top-nav, .tabs) [aria-current]")) {
  here.scrollIntoView({ inline: "center", block: "nearest" });
}

// A long menu is narrowed as one types; Enter opens the first of what is left.
const LONG = 15;
const narrowed = (box) => [...box.closest(".menu-panel").querySelectorAll("a.indent")];

for (const box of document.querySelectorAll("[data-narrows]")) {
  box.hidden = narrowed(box).length <= LONG;
  box.addEventListener("input", () => {
    const words = box.value.toLocaleLowerCase().split(/\s+/);
    for (const link of narrowed(box)) {
      const name = link.textContent.toLocaleLowerCase();
      link.hidden = !words.every((word) => name.includes(word));
    }
  });
  box.addEventListener("keydown", ({ key }) => {
    if (key === "Enter") narrowed(box).find((link) => !link.hidden)?.click();
  });
}
