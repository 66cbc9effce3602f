// Menus close on Escape and on a click elsewhere; a notice closes by its button.

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
document.querySelector(".top-nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
