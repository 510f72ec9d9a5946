import type { Case } from "../judge.ts";
import { FILES } from "./files.ts";
import { generatedPrograms } from "./generated.ts";
import { LANGUAGE } from "./language.ts";
import { STD } from "./std.ts";

function named(family: string, programs: readonly string[]): Case[] {
  return programs.map((text, at) => ({ name: `${family} ${at + 1}: ${text.slice(0, 160)}`, text }));
}

/** @param generated programs made from a seed */
export function allCases(seed: number, generated: number): Case[] {
  return [
    ...named("language", LANGUAGE),
    ...named("std", STD),
    ...FILES,
    ...named(`generated from ${seed}`, generatedPrograms(seed, generated)),
  ];
}
