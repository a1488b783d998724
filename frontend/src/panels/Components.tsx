import { useEffect } from "react";

import { explain } from "../actions/action";
import { library, placeComponent, readLibrary } from "../actions/components-work";
import { onPlane } from "../actions/pointer";
import { reveal } from "../actions/view";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { useSlice } from "../store/store";
import { isPhone } from "../store/ui";
import { Icon } from "./icons";

/** The team's components in the list of nodes; each is placed linked, or as a copy of its nodes. */
export function Components({ asked }: { readonly asked: string }) {
  const canvas = useCanvas();
  const listed = useSlice(library, (state) => state.listed);
  useEffect(() => {
    readLibrary(canvas).catch((error: unknown) => explain(canvas, error));
  }, [canvas]);
  const words = asked.toLowerCase();
  const found = listed?.filter(({ name }) => name.toLowerCase().includes(words)) ?? [];
  if (found.length === 0 || canvas.readOnly) return null;
  const place = (id: string, linked: boolean) => {
    const middle = onPlane(canvas, { x: window.innerWidth / 2 - 100, y: window.innerHeight / 2 - 120 });
    placeComponent(canvas, id, middle, linked).then((made) => reveal(canvas, made)).catch((error: unknown) => explain(canvas, error));
    if (isPhone()) canvas.ui.patch({ palette: false });
  };
  return (
    <section data-category="utility" aria-label={t("Components")}>
      <p className="group-name"><i />{t("Components")}<span>{found.length}</span></p>
      <ul className="kinds">
        {found.map(({ id, name, version }) => (
          <li key={id} className="component-row">
            <button type="button" className="kind" title={t("{name}, version {version}: one node, linked", { name, version })} onClick={() => place(id, true)}>
              <span className="kind-icon"><Icon name="box" size={15} /></span><span className="kind-name">{name}</span>
            </button>
            <button type="button" className="quiet square" aria-label={t("Copy the nodes of {name} here", { name })} title={t("Copy its nodes here, as a group")} onClick={() => place(id, false)}><Icon name="copy" size={14} /></button>
          </li>
        ))}
      </ul>
    </section>
  );
}
