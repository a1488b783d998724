import type { KeyboardEvent, ReactNode } from "react";

import { isApplicable } from "../actions";
import { isAllowed, sayNow } from "../actions/action";
import type { CanvasAction } from "../actions/action";
import { keyShown } from "../actions/keyboard";
import { useCanvas } from "../store/canvas";
import { Icon } from "./icons";

interface Props {
  readonly groups: readonly (readonly CanvasAction[])[];
  readonly onClose: () => void;
  /** What is said of an action beside its name. */
  readonly note?: (item: CanvasAction) => string;
  /** Hears which action somebody is about to choose. */
  readonly onLook?: (item: CanvasAction) => void;
  /** What follows the actions, such as links. */
  readonly children?: ReactNode;
}

/** Up and down go round through what can be chosen. */
function walk(event: KeyboardEvent<HTMLElement>): void {
  const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
  if (by === 0) return;
  event.preventDefault();
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("button:enabled, a")];
  all.at((all.findIndex((item) => item === document.activeElement) + by) % all.length)?.focus();
}

/** Actions to choose from; the first one has the focus. */
export function ActionMenu({ groups: all, onClose, note, onLook, children }: Props) {
  const canvas = useCanvas();
  const groups = all.map((group) => group.filter((item) => isAllowed(item, canvas))).filter((group) => group.length > 0);
  const first = groups.flat().find((item) => isApplicable(item, canvas));
  return (
    <div className="menu" role="menu" tabIndex={-1} onKeyDown={walk}>
      {groups.map((group) => (
        <div key={group[0]?.name} role="group">
          {group.map((item) => (
            <button
              key={item.name} type="button" role="menuitem" className={item.danger ? "danger" : ""} disabled={!isApplicable(item, canvas)}
              ref={item === first ? focusOn : undefined}
              onPointerEnter={() => onLook?.(item)} onFocus={() => onLook?.(item)}
              onClick={() => {
                onClose();
                item.perform(canvas);
              }}
            >
              <Icon name={item.icon ?? "none"} size={15} />
              <span>{sayNow(item, canvas)}</span>
              {note && <em>{note(item)}</em>}
              {keyShown(canvas, item) !== "" && <kbd>{keyShown(canvas, item)}</kbd>}
            </button>
          ))}
        </div>
      ))}
      {children && <div role="group">{children}</div>}
    </div>
  );
}

function focusOn(button: HTMLButtonElement | null): void {
  button?.focus({ preventScroll: true });
}
