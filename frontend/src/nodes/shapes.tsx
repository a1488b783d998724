import type { HandleType } from "../graph/catalog";

/** The sign of each type beside its colour, on a 14 × 14 grid. */
export const OUTLINES: Readonly<Record<HandleType, string>> = {
  TEXT: "M7 2.2a4.8 4.8 0 1 1 0 9.6a4.8 4.8 0 1 1 0-9.6z",
  IMAGE: "M2.8 2.8h8.4v8.4H2.8z",
  VIDEO: "M3.4 2.2L12 7l-8.6 4.8z",
  AUDIO: "M7 1.6L12.4 7L7 12.4L1.6 7z",
  NUMBER: "M7 3.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z",
  BOOLEAN: "M7 3.6a3.4 3.4 0 1 1 0 6.8a3.4 3.4 0 1 1 0-6.8z",
  JSON: "M7 1.8l4.6 2.600v5.200L7 12.200L2.4 9.600V4.400z",
  FILE: "M3 2.200h5.600L11.2 4.800v7H3zM8.6 2.200v2.600h2.6",
  ANY: "M7 2.400a4.6 4.6 0 1 1 0 9.200a4.6 4.6 0 1 1 0-9.200z",
};

interface Props {
  readonly type: HandleType;
  readonly mask?: boolean;
  readonly list?: boolean;
  readonly filled: boolean;
}

/** A handle's sign: filled when it is required or taken, a second ring for lists, a diagonal for masks. */
export function HandleShape({ type, mask = false, list = false, filled }: Props) {
  const outline = OUTLINES[type];
  return (
    <svg className={`shape${type === "ANY" ? " dashed" : ""}${filled ? " filled" : ""}`} viewBox="-3 -3 20 20" width="20" height="20" aria-hidden="true">
      {list && <path className="second" d={outline} />}
      <path className="ground" d={outline} />
      {mask && <path className="cross" d="M3.2 10.800L10.8 3.2" />}
    </svg>
  );
}

/** The class that carries a type's colour. */
export function typeClass(type: HandleType, role = ""): string {
  return `t-${role === "mask" ? "mask" : type.toLowerCase()}`;
}
