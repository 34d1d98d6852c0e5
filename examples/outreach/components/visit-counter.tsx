"use client";

import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";

/** Counts client navigations: it shows 0 until hydrated, and a full page load starts it again at 1. */
export function VisitCounter() {
  const pathname = usePathname();
  const [visits, setVisits] = useState(0);
  useEffect(() => setVisits((count) => count + 1), [pathname]);
  return <span data-visits={visits}>Pages since the last full load: {visits}</span>;
}
