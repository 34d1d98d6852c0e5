import Head from "next/head";
import Link from "next/link";
import type { ReactNode } from "react";
import packageJson from "@/package.json";

/** What every page is made of; it ends with the version that rendered it. */
export function Page({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <Head>
        <title>{`${title} | Handbook`}</title>
      </Head>
      <nav aria-label="Main">
        <Link href="/">Handbook</Link> · <Link href="/today">Today</Link>
      </nav>
      <main>
        <h1>{title}</h1>
        {children}
      </main>
      <footer>
        <span data-version>{`v${packageJson.version}`}</span>
      </footer>
    </>
  );
}
