/** Plain files: every format, with what its reader has to be careful about. */
export const FILES: readonly (readonly [name: string, content: string | Buffer])[] = [
  [
    "all.yaml",
    "# top\na: planted # behind\nb_unencrypted: clear\nlist: [1, two, 2.5, true, null]\ndeep:\n  # in\n  x: {y: z}\nmulti: |\n  l1\n  l2\ne: ''\n",
  ],
  [
    "kinds.yaml",
    "a: 2020-01-02\nb: 0x1F\nc: 1e3\nd: ~\nf: !!binary aGVsbG8=\ng: 0o17\nh: &x {k: v}\ni: *x\nj: .inf\nk: 1_000\nl: yes\nm: 2020-01-02T03:04:05.678+02:00\np: -0.0\n",
  ],
  ["two.yaml", "a: 1\n---\nb: 2\n"],
  ["seq.yaml", "- a\n"],
  ["twice.yaml", "a: 1\na: 2\n"],
  ["empty.yaml", ""],
  ["cut.yaml", "x: ["],
  ["taken.yaml", "sops: 1\n"],
  ["all.json", '{"a":"x","n":1.50,"big":9007199254740993,"l":[1,{"b":"<>&"}],"s":null,"t":true,"o":{}}'],
  ["list.json", "[1]"],
  [
    "all.env",
    '# note\nA=hello\n B = spaced \nC="quoted \\n x"\nE=\nF=multi\\nline\n\nG_unencrypted=plain\nH=a=b # c\nexport I=1\n',
  ],
  ["bad.env", "nokey\n"],
  [
    "all.ini",
    '; top\nglobal = v\n[sec]\n# c1\na = 1\nbb = "quoted"\ncc=hello ; inline\n; dangling\n[other]\nx_unencrypted = y\nempty =\nq = `back`\n',
  ],
  ["odd.ini", '[a]\nk = "a;b"\nk2 = `x"y`\nk5=x#y\nk7=a=b:c\nk9 = a \\\n  b\n[ b ]\n[a]\ndup=1\n'],
  ["bytes.bin", Buffer.from([0, 255, 254, 10, 65, 200])],
  ["text.txt", "hello\n"],
];

/** Rules by flags. */
export const RULES: readonly (readonly string[])[] = [
  [],
  ["--unencrypted-suffix", "a"],
  ["--encrypted-suffix", "a"],
  ["--encrypted-regex", "^(a|list|A|sec)$"],
  ["--unencrypted-regex", "^(deep|l)"],
];

export const CONFIG = (one: string, two: string): string => `creation_rules:
  - path_regex: ^groups
    shamir_threshold: 2
    key_groups:
      - age: [${one}]
      - age:
          - ${two}
  - path_regex: ^comments
    age: ${one},${two}
    encrypted_comment_regex: secret
  - path_regex: ^only
    age:
      - ${one}
    mac_only_encrypted: true
    encrypted_regex: ^a
stores:
  yaml:
    indent: 2
`;

/** Changes to an encrypted all.yaml, one after another; each is compared by its exit code, and by what the file then holds. */
export const CHANGES: readonly (readonly string[])[] = [
  ["set", "FILE", '["a"]', '"new"'],
  ["set", "FILE", '["deep"]["q"]["r"]', '{"b":1,"a":[1,2.0]}'],
  ["set", "FILE", '["list"][1]', "5"],
  ["set", "FILE", '["list"][9]', "true"],
  ["set", "FILE", '["a"]["b"]', "1.50"],
  ["set", "FILE", '["n"]', "[1]"],
  ["set", "FILE", '["n"]', "nothing"],
  ["set", "FILE", "n", "1"],
  ["unset", "FILE", '["b_unencrypted"]'],
  ["unset", "FILE", '["nope"]'],
  ["unset", "--idempotent", "FILE", '["nope"]'],
  ["unset", "FILE", '["list"][0]'],
  ["rotate", "-i", "FILE"],
  ["decrypt", "--extract", '["list"]', "FILE"],
  ["decrypt", "--extract", '["a"]', "FILE"],
  ["decrypt", "--extract", '["list"][99]', "FILE"],
  ["decrypt", "--extract", "bad", "FILE"],
  ["decrypt", "--output-type", "json", "FILE"],
  ["filestatus", "FILE"],
];
