/** The sentence on the front page: change it, deploy, and see the change. */
export const headline = "Good conversations with every patient.";
