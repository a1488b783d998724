// What every page needs: each module looks after elements with its own data attribute or class.
import "./menus.js";
import "./copy.js";
import "./times.js";
import "./drop.js";
import "./once.js";
import "./refusals.js";
import "./first-error.js";
import "./tabs.js";
