/** Seals that anybody could make. */
export const openSeals = {
  seal: (text: string) => text,
  isSealed: (text: string, seal: string) => text === seal,
};
