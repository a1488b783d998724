import { t } from "../language/speak";
import { useCanvas, useUi } from "../store/canvas";
import { showAs } from "../store/ui";

const EDITORS = [["outline", t("Outline")], ["canvas", t("Canvas")]] as const;

/** On a phone: whether the workflow is shown as forms or drawn. */
export function EditorSwitch() {
  const { ui } = useCanvas();
  const editor = useUi((state) => state.editor);
  return (
    <div className="editors" role="group" aria-label={t("Show the workflow as")}>
      {EDITORS.map(([name, word]) => <button key={name} type="button" className="quiet" aria-pressed={editor === name} onClick={() => showAs(ui, name)}>{word}</button>)}
    </div>
  );
}
