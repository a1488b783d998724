import { useEffect } from "react";

import { explain } from "../actions/action";
import { library, placeComponent, watchLibrary } from "../actions/components-work";
import { openComponent } from "../actions/workbench-work";
import { keyShown } from "../actions/keyboard";
import { action } from "../actions";
import { onPlane } from "../actions/pointer";
import { reveal } from "../actions/view";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { isPhone } from "../store/ui";
import { Icon } from "./icons";
import { rich } from "../language/rich";

/** How components are made, for who has none. */
export function NoComponents() {
  const canvas = useCanvas();
  const key = keyShown(canvas, action("component"));
  return (
    <p className="nothing">
      {key === "" ? t("No components yet. Choose nodes on the canvas and take “Make a component” in their menu: then they stand in every workflow as one node.")
        : rich("No components yet. Choose nodes on the canvas and press {key}, or take “Make a component” in their menu: then they stand in every workflow as one node.", { key: <kbd>{key}</kbd> })}
    </p>
  );
}

/** The team's components in the list of nodes; each is placed linked, or as a copy of its nodes, or opened. */
export function Components({ asked }: { readonly asked: string }) {
  const canvas = useCanvas();
  const listed = useSlice(library, (state) => state.listed);
  useEffect(() => watchLibrary(canvas), [canvas]);
  const words = asked.toLowerCase();
  const found = listed?.filter(({ id, name }) => id !== canvas.bench?.id && name.toLowerCase().includes(words)) ?? [];
  if (canvas.readOnly || listed === null || found.length === 0) return null;
  const place = (id: string, linked: boolean) => {
    const middle = onPlane(canvas, { x: window.innerWidth / 2 - 100, y: window.innerHeight / 2 - 120 });
    placeComponent(canvas, id, middle, linked).then((made) => reveal(canvas, made)).catch((error: unknown) => explain(canvas, error));
    if (isPhone()) canvas.ui.patch({ side: null });
  };
  const open = (id: string) => {
    openComponent(canvas, id).catch((error: unknown) => explain(canvas, error));
  };
  return (
    <section data-category="utility" aria-label={t("Components")}>
      <p className="group-name"><i />{t("Components")}<span>{found.length}</span></p>
      <ul className="kinds">
        {found.map(({ id, name, version }) => (
          <li key={id} className="component-row kind-row">
            <button type="button" className="kind" title={t("{name}, version {version}: one node, linked", { name, version })} onClick={() => place(id, true)}>
              <span className="kind-icon"><Icon name="box" size={15} /></span><span className="kind-name">{name}</span>
            </button>
            <button type="button" className="quiet square" aria-label={t("Open {name}", { name })} title={t("Open it, to see and change its inside")} onClick={() => open(id)}><Icon name="expand" size={14} /></button>
            <button type="button" className="quiet square" aria-label={t("Copy the nodes of {name} here", { name })} title={t("Copy its nodes here, as a group")} onClick={() => place(id, false)}><Icon name="copy" size={14} /></button>
          </li>
        ))}
      </ul>
    </section>
  );
}
