import { useState } from "react";
import type { ChangeEvent, CompositionEvent } from "react";

import { mergeText, Steps } from "../graph/texts";

type Written = HTMLTextAreaElement | HTMLInputElement;

/**
 * What a field is given in which others write too. While an input method puts a word together, a text that is set from
 * outside would break the word off: till then the field shows what hands see, and what others write is kept around it.
 */
export function useWriting(text: string, write: (text: string) => void) {
  const [held, setHeld] = useState<string | null>(null);
  const type = (value: string, before: string | null) => {
    write(before === null ? value : mergeText(before, value, text, new Steps()));
  };
  return {
    "data-written": true,
    value: held ?? text,
    onChange: ({ target: { value } }: ChangeEvent<Written>) => {
      if (held !== null) setHeld(value);
      type(value, held);
    },
    onCompositionStart: ({ currentTarget }: CompositionEvent<Written>) => setHeld(currentTarget.value),
    onCompositionEnd: ({ currentTarget: { value } }: CompositionEvent<Written>) => {
      if (held !== null && value !== held) type(value, held); // some browsers tell of what was typed only after this
      setHeld(null);
    },
  };
}
