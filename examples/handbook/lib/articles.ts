export type Article = { slug: string; title: string; text: string };

export const articles: Article[] = [
  { slug: "masks", title: "How a mask should sit", text: "Snug, not tight: a finger still fits under the strap." },
  { slug: "travel", title: "Sleeping away from home", text: "Pack the machine in hand luggage, with its letter." },
  { slug: "noise", title: "A quiet room", text: "Most noise comes from inside: turn clocks to the wall." },
];
