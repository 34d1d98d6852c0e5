import type { Metadata } from "next";
import { RenderedAt } from "@/components/rendered-at";

export const metadata: Metadata = { title: "Opening hours" };

/** Seconds after which a visitor still gets the page as it is, and has it renewed for the next one. */
export const revalidate = 5;

const hours = [
  ["Monday to Friday", "8 to 18"],
  ["Saturday", "9 to 13"],
];

export default function OpeningHoursPage() {
  return (
    <>
      <h1>Opening hours</h1>
      <dl>
        {hours.map(([days, open]) => (
          <div key={days}>
            <dt>{days}</dt>
            <dd>{open}</dd>
          </div>
        ))}
      </dl>
      <RenderedAt />
    </>
  );
}
