import { Fragment, createElement } from "react";
import type { ReactNode } from "react";

import { pieces } from "./sentences";
import type { Values } from "./sentences";
import { raw } from "./speak";

/** A sentence with elements in it: `rich("Made by {name}", { name: <b>{name}</b> })`. */
export function rich<Sentence extends string>(sentence: Sentence, values: Values<Sentence, ReactNode>): ReactNode {
  const given: Readonly<Record<string, ReactNode>> = values;
  return pieces(raw(sentence)).map(([kind, text], i) => createElement(Fragment, { key: i }, kind === "text" ? text : given[text]));
}
