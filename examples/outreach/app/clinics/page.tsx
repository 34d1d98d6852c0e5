import type { Metadata } from "next";

export const metadata: Metadata = { title: "Clinics" };
export const revalidate = 60;

const clinics = ["Harbour Street", "Northfield", "Old Mill", "Riverside"];

export default function ClinicsPage() {
  const renderedAt = new Date().toISOString();
  return (
    <>
      <h1>Clinics</h1>
      <ul>
        {clinics.map((name) => (
          <li key={name}>{name}</li>
        ))}
      </ul>
      <p>
        Rendered at <time data-rendered-at dateTime={renderedAt}>{renderedAt}</time>, at most once a minute.
      </p>
    </>
  );
}
