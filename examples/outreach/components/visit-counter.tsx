"use client";

import { usePathname } from "next/navigation";
import { useEffect, useState } from "react";
import { version } from "@/lib/build-info";

/**
 * Counts client navigations: it shows 0 until hydrated, and a full page load starts it again at 1.
 * It names the version, so that each release has a script of its own.
 */
export function VisitCounter() {
  const pathname = usePathname();
  const [visits, setVisits] = useState(0);
  useEffect(() => setVisits((count) => count + 1), [pathname]);
  return (
    <span data-visits={visits} data-script={version}>
      Pages since the last full load: {visits}
    </span>
  );
}
