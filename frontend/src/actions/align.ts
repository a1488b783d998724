import { t } from "../language/speak";
import type { CanvasAction } from "./action";
import type { Alignment } from "../graph/align";
import { withParts } from "../panels/following";

const WAYS: readonly (readonly [Alignment, string, string, number])[] = [
  ["left", t("Align left"), "alt+shift+arrowleft", 2], ["centre", t("Align centres"), "alt+shift+c", 2], ["right", t("Align right"), "alt+shift+arrowright", 2],
  ["top", t("Align top"), "alt+shift+arrowup", 2], ["middle", t("Align middles"), "alt+shift+m", 2], ["bottom", t("Align bottom"), "alt+shift+arrowdown", 2],
  ["across", t("Even gaps across"), "alt+shift+h", 3], ["down", t("Even gaps down"), "alt+shift+v", 3],
];

export const alignActions: readonly CanvasAction[] = WAYS.map(([how, label, key, least]) => ({
  name: `align-${how}`, label, group: "Edit", icon: "align", keys: [key],
  needs: "edit", when: (canvas) => canvas.ui.get().nodes.size >= least,
  perform: (canvas) => withParts(canvas.ui, ({ alignNodes }) => alignNodes(canvas, label, how)),
}));
