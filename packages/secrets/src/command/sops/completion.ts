import { EXIT_DONE } from "../io.ts";
import { EXIT, SopsFailure } from "./failure.ts";
import type { SopsCommand } from "./session.ts";

/** `fairlead sops completion bash|zsh`. Flags are asked of each command's own help, so they are never out of date. */
export function completion(commands: () => readonly string[]): SopsCommand {
  return (args, { io }) => {
    const [shell] = args;
    if (shell !== "bash" && shell !== "zsh") {
      throw new SopsFailure(EXIT.generic, "completion of which shell: bash or zsh?");
    }
    io.stdout.write(
      shell === "zsh" ? `autoload -U +X bashcompinit && bashcompinit\n${script(commands())}` : script(commands()),
    );
    return Promise.resolve(EXIT_DONE);
  };
}

function script(commands: readonly string[]): string {
  return `# source <(fairlead sops completion bash)
_fairlead_sops() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words=""
  [ "\${COMP_WORDS[1]}" = sops ] || { COMPREPLY=($(compgen -f -- "$current")); return; }
  if [ "$COMP_CWORD" -eq 2 ]; then
    words="${commands.join(" ")}"
  elif [[ "$current" == -* ]]; then
    words="$(fairlead sops "\${COMP_WORDS[2]}" --help 2>/dev/null | grep -oE -- '--[a-z][a-z-]*' | sort -u)"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [ "\${#COMPREPLY[@]}" -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -o filenames -F _fairlead_sops fairlead
`;
}
