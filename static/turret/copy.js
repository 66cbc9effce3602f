// A button with data-copy="ID" copies the text of the element with that id.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  button.textContent = (await copied(source)) ? "Copied" : "Press Ctrl+C";
  setTimeout(() => (button.textContent = label), 2000);
});

async function copied(source) {
  try {
    await navigator.clipboard.writeText(source.textContent);
    return true;
  } catch {
    // No clipboard without HTTPS or leave: select the text, and try the old way.
    getSelection().selectAllChildren(source);
    return document.execCommand("copy");
  }
}
