/** How many objects may be deleted at once: a count, or a share of what is owned in percent. */
export interface DeleteBudget {
  readonly most: number;
  readonly isPercent: boolean;
}

/** Where nobody says otherwise. */
export const defaultDeleteBudget: DeleteBudget = { most: 50, isPercent: true };

/** Fewer deletions than these are everyday whatever share they are: half of a small application is not much. */
const fewDeletes = 10;

/** Whether deleting `deletes` of `owned` objects is more than may happen without somebody's word. */
export function exceeds({ most, isPercent }: DeleteBudget, deletes: number, owned: number): boolean {
  if (!isPercent) return deletes > most;
  if (most > 0 && deletes < fewDeletes) return false;
  return deletes * 100 > most * owned;
}

/** "50%" or "20". */
export function displayBudget({ most, isPercent }: DeleteBudget): string {
  return isPercent ? `${most}%` : String(most);
}
