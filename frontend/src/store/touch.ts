/** Fingers and no pointer that hovers. */
export const TOUCH = matchMedia("(pointer: coarse)").matches;
