// <button data-copy="text">: copies and says when it did. Such buttons are written hidden and shown by this script.
const show = (root) => {
  for (const button of root.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
};

// Only secure origins have navigator.clipboard; a server in the local network often is not one.
const copy = async (text) => {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "out-of-sight";
  document.body.append(field);
  field.select();
  document.execCommand("copy");
  field.remove();
};

show(document);
document.addEventListener("htmx:afterSwap", (event) => show(event.target));
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await copy(button.dataset.copy);
  button.focus();
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1200);
});
