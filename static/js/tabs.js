// On a phone a row of tabs is wider than the window: the one that is open is brought into its middle.
const open = document.querySelector(".tabs [aria-current]");
if (open) {
  const row = open.parentElement;
  const [tab, whole] = [open.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += tab.left + tab.width / 2 - (whole.left + whole.width / 2);
}
