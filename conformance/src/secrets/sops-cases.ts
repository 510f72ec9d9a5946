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

/** Encrypted under no rule of their own alone. Text of odd forms: Windows' line ends, ends of files, numbers, comments, documents. */
export const ODD_FILES: readonly (readonly [name: string, content: string | Buffer])[] = [
  ["crlf.yaml", 'a: 1\r\nb: |\r\n  l1\r\n  l2\r\n# c\r\nc: "x\\r\\ny" # y\r\n'],
  ["end.yaml", "---\n# head\na: x\n...\n---\n---\n# only\n---\nb: 2 # in\n# end"],
  [
    "numbers.yaml",
    "a: 9223372036854775807\nb: 0b101\nc: 017\nd: 1_000\ne: .5\nf: 1e21\ng: -0.0\nh: .nan\ni: 08\nj: 1e-7\n",
  ],
  ["times.yaml", "a: 2020-01-02t03:04:05.123456789+02:00\nb: 2020-1-2\nc: 2020-13-02\nd: 0001-01-01\ne: 12:30\n"],
  [
    "text.yaml",
    "a: '#x'\nb: 'yes'\nc: '0x1'\nd: '='\ne: \"\\u2028\\x85\\e\"\n日本: 😀\n'': ' lead'\n? |\n  long\n  key\n: v\n",
  ],
  ["blocks.yaml", 'a: |+\n  x\n\n\nb: >\n  x\n  y\n\n  z\nc: |2\n   lead\nd: "x \\ny"\ne: "\\n"\n'],
  [
    "notes.yaml",
    "#\n##two\na: 1 #\n# foot\n\nb: # on b\n  # in b\n  c: [1, # x\n    2]\nd:\n- # u\n  e: 1\n# c2\n- f\n",
  ],
  ["shared.yaml", "x: &x\n  a: 1 # c\ny: *x\nl:\n  - *x\n  - &s t\n  - *s\nm:\n  <<: *x\n  b: 2\n"],
  ["later.yaml", "a: 1\n---\nb: 1\nb: 2\n"],
  ["int-key.yaml", "1: a\n"],
  ["beyond.yaml", "a: 18446744073709551615\n"],
  ["taken-later.yaml", "a: 1\n---\nsops: 1\n"],
  ["list-later.yaml", "a: 1\n---\n- x\n"],
  ["wide.yaml", Buffer.from("\uFEFFa: ü\n", "utf16le")],
  ["numbers.json", '{"a":1.0,"b":1e3,"c":9223372036854775808,"d":-0,"e":-0.0,"f":1e-7,"g":"\\ud800","h":"\\/"}'],
  ["keys.json", '{"":1,"a:b":{"__proto__":{"c":2},"a":1,"a":2}}'],
  ["odd.env", "A=1\r\n\n#c\nB='x'\nB=\\\\n\n=x\nC=a\tb"],
  ["sections.ini", "a=1\n[DEFAULT]\nb=2\n[s]\n; one\nx=1\n[s]\n; two\nx=2\n; three\nx=3\n"],
  ["values.ini", '[a];c\nx=`a` ; `b`\ny=1 \\\n 2 ; c\nz="""m\n l""" # d\n"k=1"=2\n`k"2`=3\nlong.key : v\r\n'],
  ["nameless.ini", "[]\na=1\n"],
  ["keyless.ini", "[a]\n=1\n"],
  ["nothing.bin", ""],
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

/** A rule for each way to choose keys and what is encrypted; files are named after them. */
export const SELECTIONS = (one: string, two: string): string => `creation_rules:
  - path_regex: ^us\\.
    age: ${one}
    unencrypted_suffix: a
  - path_regex: ^es\\.
    age: ["${one}", "${two}"]
    encrypted_suffix: a
  - path_regex: ^ur\\.
    age: ${one}
    unencrypted_regex: ^(a|list)$
  - path_regex: ^er\\.
    age: ${one}
    encrypted_regex: ^(deep|list)$
  - path_regex: ^uc\\.
    age: ${one}
    unencrypted_comment_regex: plain
  - path_regex: ^ec\\.
    age: ${one}
    encrypted_comment_regex: secret
  - path_regex: ^mac\\.
    age: ${one}
    mac_only_encrypted: true
    encrypted_regex: ^a
  - path_regex: ^two\\.
    age: ${one}
    encrypted_regex: ^a
    unencrypted_suffix: b
  - path_regex: ^three\\.
    shamir_threshold: 2
    key_groups:
      - age: [${one}]
      - age: [${two}]
      - age: [${one}, ${two}]
  - path_regex: ^merge\\.
    key_groups:
      - merge:
          - age: [${two}]
          - age: [${one}, ${two}]
        age: [${one}]
  - path_regex: ^none\\.
    key_groups: []
  - path_regex: ^twice\\.
    age: ${one},${one}, ${two},
  - path_regex: ^bad\\.
    age: nobody
  - path_regex: ^inner/
    age: ${two}
stores:
  json:
    indent: 1
destination_rules:
  - s3_bucket: b
`;

export const SELECTED = [
  "us",
  "es",
  "ur",
  "er",
  "uc",
  "ec",
  "mac",
  "two",
  "three",
  "merge",
  "none",
  "twice",
  "bad",
  "other",
] as const;
export const SELECTED_YAML =
  "# secret\na: planted\n# plain\nb: 1\nc_a: x\nlist:\n  # secret\n  - 1\n  # plain\n  - two\n  - three\ndeep:\n  # plain\n  x: {y: z, ya: w}\n  v: 2.5\n";
export const SELECTED_JSON = '{"a":"planted","b":1,"c_a":"x","list":[1,"two"],"deep":{"x":{"y":"z"},"v":2.5}}';

/** What a file encrypted for both keys, `call.yaml`, is asked; older command lines too. FILE stands for it. */
export const CALLS: readonly (readonly string[])[] = [
  ["-d", "FILE"],
  ["-d", "--extract", '["a"]', "FILE"],
  ["--decrypt", "--output-type", "json", "FILE"],
  ["-d", "--input-type", "yaml", "--output-type", "dotenv", "FILE"],
  ["decrypt", "--decryption-order", "pgp,age", "FILE"],
  ["decrypt", "--decryption-order", "age,age", "FILE"],
  ["--config", "none.yaml", "decrypt", "FILE"],
  ["decrypt", "--ignore-mac", "FILE"],
  ["rotate", "-i", "--add-age", "nobody", "FILE"],
  ["--set", '["a"] "set"', "FILE"],
  ["-d", "FILE"],
  ["set", "FILE", '["list"][0]', '{"k":[1,{"n":null}]}'],
  ["set", "--idempotent", "FILE", '["a"]', '"set"'],
  ["set", "FILE", '["deep"]["x"]', "null"],
  ["set", "FILE", '["big"]', "9007199254740993"],
  ["set", "FILE", '["float"]', "1e3"],
  ["set", "FILE", '["unicode"]', '"\\u00fc \\ud83d\\ude00"'],
  ["unset", "FILE", '["list"][0]'],
  ["unset", "FILE", '["deep"]["x"]["y"]'],
  ["unset", "FILE", '["nobody"]'],
  ["decrypt", "FILE"],
  ["exec-env", "flat.FILE", 'echo "$A-$B-$C"'],
  ["exec-env", "--pristine", "flat.FILE", "echo $A-$OUTER"],
  ["exec-env", "FILE", "true"],
  ["exec-env", "flat.FILE", "exit 7"],
  ["exec-file", "--no-fifo", "FILE", "cat {}"],
  ["exec-file", "FILE", "cat {}"],
  ["exec-file", "--output-type", "json", "FILE", "cat {}"],
  ["exec-file", "--filename", "../x", "FILE", "cat {}"],
  ["filestatus", "FILE"],
  ["filestatus", "none.yaml"],
  ["decrypt", "-output-type=json", "FILE"],
  ["decrypt", "--output-type", "dotenv", "--extract", '["deep"]["v"]', "FILE"],
  ["decrypt", "--output-type", "binary", "FILE"],
  ["decrypt", "--in-place=false", "FILE"],
  ["rotate", "none.yaml"],
  ["rotate", "--add-age", "nobody", "none.yaml"],
  ["rotate", "-i", "--rm-age", "nobody", "FILE"],
  ["rotate", "-i", "--rm-hckms", "nobody", "FILE"],
  ["set", "none.yaml", '["a"]', "1"],
  ["set", "FILE", '["minus"]', "-5"],
  ["set", "FILE", '["a"]', "1E400"],
  ["set", "FILE", '["sops"]', "1"],
  ["unset", "--idempotent", "FILE", '["a"]["x"]'],
  ["groups", "delete", "--file", "FILE", "x"],
  ["groups", "add", "--file", "none.yaml"],
  ["publish", "FILE"],
  ["decrypt", "FILE"],
];
