import { t } from "../language/speak";
import { useCanvas } from "../store/canvas";
import type { Upload } from "../store/ui";
import { noteUpload } from "../store/uploads";

/** How far an upload is, or why it failed. */
export function UploadNote({ id, upload }: { readonly id: string; readonly upload: Upload }) {
  const canvas = useCanvas();
  if (upload.error !== "") {
    return (
      <p className="card-note bad">
        {upload.error} <button type="button" className="plain nodrag" onClick={() => noteUpload(canvas, id, "", null)}>{t("Dismiss")}</button>
      </p>
    );
  }
  return (
    <div className="upload-note" role="status">
      <span>{upload.name}</span>
      <span>{Math.round(upload.part * 100)} %</span>
      <div className="card-progress"><span style={{ transform: `scaleX(${upload.part})` }} /></div>
    </div>
  );
}
