import { Component } from "react";
import type { ReactNode, RefObject } from "react";

import { placeIn } from "../graph/texts";

type Written = HTMLTextAreaElement | HTMLInputElement;

interface Props {
  readonly field: RefObject<Written | null>;
  readonly children: ReactNode;
}

interface Place {
  readonly value: string;
  readonly start: number;
  readonly end: number;
  readonly direction: "forward" | "backward" | "none" | undefined;
}

function placeOf({ value, selectionStart, selectionEnd, selectionDirection }: Written): Place {
  return { value, start: selectionStart ?? 0, end: selectionEnd ?? 0, direction: selectionDirection ?? undefined };
}

/**
 * Keeps the caret of a field among its words while its text becomes another, as somebody else writes in it too: of
 * itself it goes to the end. What was typed last may be drawn as it was before and only then as it is, so the caret
 * goes by where hands left it, not by where it was put here.
 */
export class Caret extends Component<Props> {
  #left: Place | null = null;
  #put: Place | null = null;

  override getSnapshotBeforeUpdate() {
    const field = this.props.field.current;
    if (field === null || globalThis.document.activeElement !== field) return null;
    const now = placeOf(field);
    if (now.value !== this.#put?.value || now.start !== this.#put.start || now.end !== this.#put.end) this.#left = now;
    return now;
  }

  override componentDidUpdate(_: Props, __: unknown, before: Place | null) {
    const field = this.props.field.current;
    const left = this.#left;
    if (!field || !before || !left || field.value === before.value) return;
    field.setSelectionRange(placeIn(left.value, field.value, left.start), placeIn(left.value, field.value, left.end), left.direction);
    this.#put = placeOf(field);
  }

  override render() {
    return this.props.children;
  }
}
