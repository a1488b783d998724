import { migrate, migrationOf, retiredNodes } from "../graph/retired";
import type { GraphNode } from "../graph/types";
import { rich } from "../language/rich";
import { t } from "../language/speak";
import { useCanvas, useDocument } from "../store/canvas";
import { Icon } from "./icons";

/** For a node whose model is gone: what runs in its place, what that means for its settings, and the move to it. */
export function Retired({ node }: { readonly node: GraphNode }) {
  const { catalog, document, readOnly } = useCanvas();
  const all = useDocument((state) => retiredNodes(state.history.present, catalog).length);
  const migration = migrationOf(catalog, node);
  if (migration === null) return null;
  const { from, to, moved } = migration;
  const moving = t("Move to {model}", { model: to.title });
  const move = (ids: readonly string[], label: string) => document.edit(label, migrate(catalog, new Set(ids)));
  return (
    <section className="retired" aria-label={t("Retired model")}>
      <p><Icon name="warning" size={14} /><span>{rich("{old} was retired by its maker. Runs use {new} in its place, at its price.", { old: <strong>{from}</strong>, new: <strong>{to.title}</strong> })}</span></p>
      {moved.length === 0 && <p>{t("Its settings stay as they are.")}</p>}
      <dl>
        {moved.map(({ label, before, after }) => (
          <div key={label}><dt>{label}</dt><dd>{before !== "" && <s>{before}</s>} {after === "" ? t("not kept") : after}</dd></div>
        ))}
      </dl>
      {!readOnly && (
        <div className="retired-actions">
          <button type="button" className="primary" onClick={() => move([node.id], moving)}>{moving}</button>
          {all > 1 && <button type="button" onClick={() => move(retiredNodes(document.doc(), catalog).map(({ id }) => id), t("Move all retired models"))}>{t("Move all {count} in the workflow", { count: all })}</button>}
        </div>
      )}
    </section>
  );
}
