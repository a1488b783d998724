import { useEffect, useRef, useState } from "react";
import type { ReactNode } from "react";

interface Props<T> {
  readonly label: string;
  readonly placeholder: string;
  readonly find: (question: string) => readonly T[];
  readonly keyOf: (item: T) => string;
  readonly show: (item: T) => ReactNode;
  readonly onChoose: (item: T) => void;
  readonly onClose: () => void;
  readonly nothing: ReactNode;
  readonly onPreview?: (item: T) => void;
  /** Enter goes on to the next item, and with Shift to the one before, instead of choosing one. */
  readonly walks?: boolean;
}

/** A search field over a list: type, arrow keys, Enter. Used by every menu that searches. */
export function Chooser<T>({ label, placeholder, find, keyOf, show, onChoose, onClose, nothing, onPreview, walks = false }: Props<T>) {
  const [question, setQuestion] = useState("");
  const [at, setAt] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const walked = useRef(false);
  const items = find(question.trim()).slice(0, 60);
  const chosen = Math.min(at, items.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  const turn = (by: number) => {
    const next = (chosen + by + items.length) % Math.max(1, items.length);
    walked.current = true;
    setAt(next);
    const item = items[next];
    if (item) onPreview?.(item);
  };
  return (
    <div className="chooser">
      <input
        type="text" role="combobox" aria-expanded aria-controls="chooser-list" aria-label={label} placeholder={placeholder} value={question} autoComplete="off" spellCheck={false}
        aria-activedescendant={items[chosen] ? `choice-${chosen}` : undefined}
        ref={(field) => field?.focus({ preventScroll: true })}
        onChange={(event) => {
          setQuestion(event.target.value);
          setAt(0);
          walked.current = false;
        }}
        onKeyDown={(event) => {
          const item = items[chosen];
          if (event.key === "ArrowDown") turn(1);
          else if (event.key === "ArrowUp") turn(-1);
          else if (event.key === "Enter" && walks) turn(event.shiftKey ? -1 : walked.current ? 1 : 0);
          else if (event.key === "Enter" && item) onChoose(item);
          else if (event.key === "Escape") onClose();
          else if (event.key !== "Tab") return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <div className="choices" id="chooser-list" role={items.length > 0 ? "listbox" : undefined} aria-label={items.length > 0 ? label : undefined} ref={list}>
        {items.map((item, i) => (
          <button
            key={keyOf(item)} id={`choice-${i}`} type="button" role="option" tabIndex={-1} aria-selected={i === chosen} className="choice-button"
            onPointerMove={() => i !== at && setAt(i)} onClick={() => onChoose(item)}
          >
            {show(item)}
          </button>
        ))}
        {items.length === 0 && (typeof nothing === "string" ? <p className="nothing">{nothing}</p> : nothing)}
      </div>
    </div>
  );
}
