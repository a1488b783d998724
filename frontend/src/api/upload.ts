import { asObject, asText, isObject } from "../graph/json";
import type { JsonObject } from "../graph/json";
import { t } from "../language/speak";
import { ApiError, parse, refusal } from "./http";

export interface Uploaded {
  /** The asset as it is stored in a parameter. */
  readonly value: JsonObject;
  readonly filename: string;
  /** The id of the workflow that the file says made it; empty where it says nothing. */
  readonly madeBy: string;
}

/** Send one file of a kind (empty: any); `onProgress` hears how much is there, from 0 to 1. Throws ApiError. */
export function upload(csrf: string, file: File, kind: string, onProgress: (part: number) => void): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", "/api/v1/media/upload");
    request.setRequestHeader("X-CSRFToken", csrf);
    request.setRequestHeader("Accept", "application/json");
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new ApiError(0, t("The upload broke off. Check the connection and try again.")));
    request.onload = () => {
      const answer = parse(request.responseText);
      const data = asObject(asObject(answer).data);
      if (request.status >= 300) reject(refusal(request.status, answer));
      else if (isObject(data.value)) {
        resolve({ value: data.value, filename: asText(data.filename, file.name), madeBy: asText(asObject(data.madeBy).workflowId) });
      }
      else reject(new ApiError(request.status, t("The upload was not understood.")));
    };
    const form = new FormData();
    form.append("file", file);
    if (kind !== "") form.append("kind", kind);
    request.send(form);
  });
}
