import { useViewport } from "@xyflow/react";

import { action } from "../actions";
import { isAllowed } from "../actions/action";
import { withKey } from "../actions/keyboard";
import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import { Icon } from "./icons";

function Button({ name }: { readonly name: string }) {
  const canvas = useCanvas();
  const item = action(name);
  return isAllowed(item, canvas) && (
    <button type="button" className={`quiet square a-${name}`} aria-label={item.label} title={withKey(canvas, item)} onClick={() => item.perform(canvas)}>
      <Icon name={item.icon ?? "more"} size={15} />
    </button>
  );
}

export function Zoom() {
  const canvas = useCanvas();
  const { zoom } = useViewport();
  return (
    <div className="zoom" role="toolbar" aria-label={t("View")}>
      <Button name="zoom-out" />
      <button type="button" className="quiet percent" title="100 % (0)" onClick={() => action("full-size").perform(canvas)}>{Math.round(zoom * 100)} %</button>
      <Button name="zoom-in" />
      <Button name="fit" />
      <Button name="tidy" />
      <Button name="minimap" />
      <Button name="shortcuts" />
    </div>
  );
}
