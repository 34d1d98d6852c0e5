"use client";

import { useFormState } from "react-dom";
import { saveNote } from "./actions";

/** Works without JavaScript too: the browser then posts the form, and the server renders the answer. */
export function NoteForm() {
  const [{ note, error }, action] = useFormState(saveNote, { note: null, error: null });
  return (
    <form action={action}>
      <label htmlFor="note">Note</label>
      <textarea id="note" name="note" rows={3} required />
      <button type="submit">Send</button>
      {note !== null && <p data-note role="status">{`Your note: ${note}`}</p>}
      {error !== null && <p data-note-error role="alert">{error}</p>}
    </form>
  );
}
