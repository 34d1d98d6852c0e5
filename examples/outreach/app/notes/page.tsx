import type { Metadata } from "next";
import { NoteForm } from "./note-form";

export const metadata: Metadata = { title: "Notes" };

export default function NotesPage() {
  return (
    <>
      <h1>Notes</h1>
      <p>A note goes to the server and comes straight back; nothing is kept.</p>
      <NoteForm />
    </>
  );
}
