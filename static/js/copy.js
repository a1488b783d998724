// <button data-copy="text" hidden>: shown where the browser lets pages write to the clipboard, and says when it did.
const show = (root) => {
  if (!navigator.clipboard) return; // only secure origins have one
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
};

show(document);
document.addEventListener("htmx:afterSwap", (event) => show(event.target));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1200);
});
