import { useRef, useState } from "react";
import type { DragEvent } from "react";

import type { NodeKind, Param } from "../graph/catalog";
import { setParam } from "../graph/changes";
import { isList, written } from "../graph/json";
import type { Json } from "../graph/json";
import { readMedia } from "../graph/media";
import { acceptedFiles, effective } from "../graph/params";
import type { GraphNode } from "../graph/types";
import { counted, t } from "../language/speak";
import { withParts } from "../panels/following";
import { Icon } from "../panels/icons";
import { useCanvas } from "../store/canvas";
import { TOUCH } from "../store/touch";
import { AssetThumb } from "./AssetThumb";

interface Props {
  readonly node: GraphNode;
  readonly kind: NodeKind;
  readonly param: Param;
}

const MEDIA = new Set(["image", "video", "audio"]);

/** A video where a picture belongs is told at once; about all else the server, which looks inside, has more to say. */
function isFitting(file: File, accept: readonly string[]): boolean {
  const main = file.type.split("/")[0] ?? "";
  return accept.length === 0 || !MEDIA.has(main) || accept.some((type) => type.startsWith(`${main}/`));
}

/** The place for a file: drop one, choose one, or give an address. Shows what is there. */
export function AssetDrop({ node, kind, param }: Props) {
  const canvas = useCanvas();
  const [over, setOver] = useState(false);
  const chooser = useRef<HTMLInputElement>(null);
  const accept = acceptedFiles(kind, param, node);
  const value = effective(kind, param, node);
  const many = param.type === "asset_list";
  const isInput = !many && kind.execution === "source"; // which a table may give another value in each run
  const held: readonly Json[] = many ? (isList(value) ? value : []) : value === null || value === "" ? [] : [value];
  const put = (next: Json | undefined, label: string) => canvas.document.edit(label, setParam(node.id, param, next));

  const take = (files: readonly File[]) => {
    const fitting = files.filter((file) => isFitting(file, accept));
    if (fitting.length === 0) canvas.ui.toast(t("This takes {kinds} files.", { kinds: accept.map((type) => type.split("/")[1]).join(", ") }), { tone: "bad" });
    const action = isInput && fitting.length > 1 ? { label: t("As a table: one run for each"), perform: () => withParts(canvas.ui, ({ asTable }) => void asTable(canvas, node.id, param, fitting)) } : null;
    if (!many && fitting.length > 1) canvas.ui.toast(counted(fitting.length - 1, "One file fits here, so {count} was left out. Dropped on the canvas each gets a node of its own.", "One file fits here, so {count} were left out. Dropped on the canvas each gets a node of its own."), { tone: "bad", action, answered: action && (() => undefined) }); // what is offered stays until it is answered
    const taken = many ? fitting : fitting.slice(0, 1);
    if (taken.length > 0) withParts(canvas.ui, ({ uploadInto }) => taken.forEach((file) => void uploadInto(canvas, node.id, param, file)));
  };
  const drop = (event: DragEvent) => {
    setOver(false);
    if (event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    event.stopPropagation();
    take([...event.dataTransfer.files]);
  };
  const fromAddress = (address: string) => {
    if (!/^(https?:\/\/|\/media\/)\S+$/.test(address.trim())) return;
    put(many ? [...held, { url: address.trim() }] : { url: address.trim() }, t("Set address"));
  };

  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- dropping is a pointer's way; the button inside is everybody's
    <div
      className={`asset${over ? " over" : ""}${held.length > 0 ? " filled" : ""}${many ? " many" : ""}`}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <input ref={chooser} type="file" hidden multiple={many || isInput} accept={accept.join(",")} onChange={(event) => {
        take([...(event.target.files ?? [])]);
        event.target.value = "";
      }} />
      {held.map((item, i) => (
        <AssetThumb
          key={i} media={readMedia(item)} title={written(node.data.label) || kind.title} readOnly={canvas.readOnly}
          siblings={held.flatMap((other) => readMedia(other) ?? [])} index={i}
          onRemove={() => put(many ? held.toSpliced(i, 1) : undefined, t("Remove file"))}
          {...(many ? {} : { onReplace: () => chooser.current?.click() })}
        />
      ))}
      {(many || held.length === 0) && !canvas.readOnly && (
        <div className="asset-empty nodrag">
          <button type="button" onClick={() => chooser.current?.click()}><Icon name="upload" size={18} /><span>{many && held.length > 0 ? t("Add") : TOUCH ? t("Choose a file") : t("Drop a file or choose one")}</span></button>
          <button type="button" className="plain" onClick={() => canvas.ui.patch({ choosing: { nodeId: node.id, paramId: param.id } })}>{t("From the library")}</button>
          {!(many && held.length > 0) && (
            <input
              type="url" placeholder={t("or paste an address")} aria-label={t("Address of a file")}
              onKeyDown={(event) => event.key === "Enter" && fromAddress(event.currentTarget.value)}
              onPaste={(event) => fromAddress(event.clipboardData.getData("text/plain"))}
            />
          )}
        </div>
      )}
    </div>
  );
}
