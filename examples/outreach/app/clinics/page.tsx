import type { Metadata } from "next";
import { unstable_cache } from "next/cache";
import { RenderedAt } from "@/components/rendered-at";

export const metadata: Metadata = { title: "Clinics" };

/** Kept, with the page, until somebody says revalidateTag("clinics"). */
const load = unstable_cache(
  async () => ({ names: ["Harbour Street", "Northfield", "Old Mill", "Riverside"], at: new Date().toISOString() }),
  ["clinics"],
  { tags: ["clinics"] },
);

export default async function ClinicsPage() {
  const { names, at } = await load();
  return (
    <>
      <h1>Clinics</h1>
      <ul>
        {names.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
      <p>
        The list is of <time data-loaded-at={at} dateTime={at}>{at}</time>.
      </p>
      <RenderedAt />
    </>
  );
}
