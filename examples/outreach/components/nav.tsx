"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const pages = [
  { href: "/", label: "Outreach" },
  { href: "/conversations", label: "Conversations" },
  { href: "/clinics", label: "Clinics" },
  { href: "/opening-hours", label: "Opening hours" },
  { href: "/notes", label: "Notes" },
  { href: "/about", label: "About" },
];

export function Nav() {
  const pathname = usePathname();
  return (
    <nav aria-label="Main">
      {pages.map(({ href, label }) => (
        <Link key={href} href={href} aria-current={href === pathname ? "page" : undefined}>
          {label}
        </Link>
      ))}
    </nav>
  );
}
