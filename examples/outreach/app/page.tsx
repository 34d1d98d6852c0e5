import Link from "next/link";
import { headline } from "./headline";

const pages = [
  { href: "/conversations", title: "Conversations", text: "Messages with patients, rendered for each request." },
  { href: "/clinics", title: "Clinics", text: "A list that renews itself every minute." },
  { href: "/notes", title: "Notes", text: "Leave a note for your team." },
  { href: "/about", title: "About", text: "What this is, and what this build is connected to." },
];

export default function HomePage() {
  return (
    <>
      <h1>{headline}</h1>
      <ul className="cards">
        {pages.map(({ href, title, text }) => (
          <li key={href}>
            <Link href={href}>{title}</Link>
            <p>{text}</p>
          </li>
        ))}
      </ul>
      <p>
        <a href="/outreach/release-notes.txt">Release notes</a> ·{" "}
        <a href="/outreach/api/health">Health</a>
      </p>
    </>
  );
}
