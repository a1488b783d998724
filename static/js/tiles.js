// Arrow keys go from tile to tile of <… data-tiles="selector of what has the focus">, wherever the lines break.
const columns = (all) => {
  const next = all.findIndex((tile, place) => place && tile.getBoundingClientRect().left <= all[place - 1].getBoundingClientRect().left);
  return next < 0 ? all.length : next;
};

// The focus goes on from the tile that has it. False: the key does not move, or nothing here has the focus.
const goOn = (event, all) => {
  const place = all.indexOf(event.target);
  const across = document.dir === "rtl" ? -1 : 1;
  const by = { ArrowLeft: -across, ArrowRight: across, ArrowUp: -columns(all), ArrowDown: columns(all), Home: -place, End: all.length - 1 - place }[event.key];
  if (place < 0 || by === undefined) return false;
  event.preventDefault();
  all[Math.min(Math.max(place + by, 0), all.length - 1)].focus();
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || document.querySelector("dialog[open], details.menu[open]")) return;
  const grid = event.target.closest("[data-tiles]");
  if (grid) goOn(event, [...grid.querySelectorAll(grid.dataset.tiles)]);
});
