/** What a variable stands for; its type survives where it is all of the text. */
export type VariableValue = string | number | boolean;

/**
 * Replaces `$(NAME)` in a text as Kubernetes does: `$$` is a dollar sign, anything unknown stays. A text that is nothing but one
 * variable becomes the value itself.
 */
export function expandVariables(text: string, valueOf: (name: string) => VariableValue | undefined): VariableValue {
  if (!text.includes("$")) return text;
  let result = "";
  let position = 0;
  for (let dollar = text.indexOf("$"); dollar >= 0 && dollar + 1 < text.length; dollar = text.indexOf("$", position)) {
    result += text.slice(position, dollar);
    const next = text[dollar + 1];
    const close = next === "(" ? text.indexOf(")", dollar + 2) : -1;
    if (close >= 0) {
      const name = text.slice(dollar + 2, close);
      const value = valueOf(name);
      if (dollar === 0 && close === text.length - 1 && value !== undefined) return value;
      result += value === undefined ? `$(${name})` : goText(value);
      position = close + 1;
    } else {
      result += next === "$" ? "$" : `$${next}`;
      position = dollar + 2;
    }
  }
  return result + text.slice(position);
}

/** A number as Go's %v prints it. */
function goText(value: VariableValue): string {
  if (typeof value !== "number") return String(value);
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 1e-4 || magnitude >= 1e21)) {
    return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2");
  }
  return String(value);
}
