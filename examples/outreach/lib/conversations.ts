export type Conversation = { id: string; patient: string; lastMessage: string; unread: number };

export const conversations: Conversation[] = [
  { id: "c-104", patient: "Patient 104", lastMessage: "Yes, Tuesday at nine works for me.", unread: 2 },
  { id: "c-219", patient: "Patient 219", lastMessage: "The new mask fits much better, thank you.", unread: 0 },
  { id: "c-388", patient: "Patient 388", lastMessage: "Could you send the address once more?", unread: 1 },
];
