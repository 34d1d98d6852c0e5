"use server";

const MAX_LENGTH = 280;

export type NoteState = { note: string | null; error: string | null };

export async function saveNote(_previous: NoteState, form: FormData): Promise<NoteState> {
  const note = String(form.get("note") ?? "").trim();
  if (note === "") return { note: null, error: "Please write something first." };
  if (note.length > MAX_LENGTH) return { note: null, error: `Please keep it under ${MAX_LENGTH} characters.` };
  return { note, error: null };
}
