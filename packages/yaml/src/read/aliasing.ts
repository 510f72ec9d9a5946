/** From here on go-yaml allows fewer and fewer of all decode steps to come from aliases; below it 99 of 100 may. */
const RATIO_RANGE_LOW = 400_000;
const RATIO_RANGE_HIGH = 4_000_000;

function allowedRatio(steps: number): number {
  if (steps <= RATIO_RANGE_LOW) return 0.99;
  if (steps >= RATIO_RANGE_HIGH) return 0.1;
  return 0.99 - (0.89 * (steps - RATIO_RANGE_LOW)) / (RATIO_RANGE_HIGH - RATIO_RANGE_LOW);
}

/** Counts decode steps (one a node) as go-yaml does, to tell a bomb of aliases from honest use. */
export class AliasMeter {
  /** Steps so far, those of aliases included. */
  steps = 0;
  #aliasSteps = 0;

  /** Adds an alias whose target takes `targetSteps`. True when it is too much, so that it must not be expanded. */
  isExcessive(targetSteps: number): boolean {
    this.steps += 1 + targetSteps;
    this.#aliasSteps += targetSteps;
    return this.#isOver();
  }

  /** Adds one step, which may be part of an alias's target. True when that is too much. */
  stepIsExcessive(isInAlias: boolean): boolean {
    this.steps++;
    if (isInAlias) this.#aliasSteps++;
    return this.#isOver();
  }

  #isOver(): boolean {
    if (this.#aliasSteps <= 100 || this.steps <= 1000) return false;
    return this.#aliasSteps / this.steps > allowedRatio(this.steps);
  }
}
