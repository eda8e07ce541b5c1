/** The focus goes on to where the work does, when what had it is gone. */

import { useEffect, useRef } from "preact/hooks";

/** Until somebody has been at work here there is nothing to lose. */
let begun = false;
addEventListener("focusin", () => (begun = true), { once: true });

/** Whether nothing has the focus any more. */
export const adrift = (): boolean => begun && document.activeElement === document.body;

/** For what takes the place of a control that may have had the focus. */
export function useLead<T extends HTMLElement>(how: FocusOptions = {}) {
  const place = useRef<T>(null);
  useEffect(() => {
    if (adrift()) place.current?.focus(how);
  }, []);
  return place;
}

/** For what stays while something in it goes, and with it the focus. count: of what is in it. */
export function useStay<T extends HTMLElement>(count: number) {
  const place = useRef<T>(null);
  const before = useRef(count);
  useEffect(() => {
    if (count < before.current && adrift()) place.current?.focus({ preventScroll: true });
    before.current = count;
  }, [count]);
  return place;
}
