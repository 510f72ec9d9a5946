import { EVERYTHING, type Case } from "./common.ts";
import { splitTemplates } from "./language.ts";

/** Each on EVERYTHING, with sprig's functions. */
const TEMPLATES =
  String.raw`
{{hello}}
{{abbrev 5 "hello world"}} {{abbrev 3 "hello"}} {{abbrev 4 "hello"}} {{abbrev 20 "hello"}} {{abbrev 5 .text}} {{abbrev 10 ""}}
{{abbrevboth 5 10 "1234 5678 9123"}} {{abbrevboth 0 10 "1234 5678 9123"}} {{abbrevboth 5 3 "1234 5678 9123"}} {{abbrevboth 5 7 "1234 5678 9123"}} {{abbrevboth 30 10 "1234 5678 9123"}} {{abbrevboth 1 6 "1234 5678"}}
{{trunc 3 "hello"}} {{trunc -3 "hello"}} {{trunc 10 "hello"}} {{trunc -10 "hello"}} {{trunc 0 "hello"}} {{trunc 2 .text | printf "%q"}} {{trunc -2 .text | printf "%q"}} {{trunc -5 "hello"}}
{{trim "  a b \t\n"}}| {{trim "\u00a0x\u2003"}}| {{trimAll "$" "$5.00$"}} {{trimall "ab" "abcba"}} {{trimAll "" "x"}} {{trimSuffix "-" "a--"}} {{trimPrefix "-" "--a"}} {{trimSuffix "" "a"}}
{{upper "hello ß éàü ŉ ǆ"}} {{lower "HELLO İ ÉÀÜ Σ Ǆ"}} {{title "hello world foo-bar baz_qux it's o'neil"}} {{untitle "Hello World"}} {{title "éa ßb ǆc 1a"}}
{{substr 0 3 "hello"}} {{substr 1 -1 "hello"}} {{substr -1 3 "hello"}} {{substr 2 100 "hello"}} {{substr 0 2 .text | printf "%q"}}
{{substr 9 10 "hello"}}
{{substr 3 2 "hello"}}
{{substr -1 -1 "hello"}}
{{substr -1 10 "hello"}}
{{repeat 3 "ab"}} {{repeat 0 "ab"}}|
{{repeat -1 "ab"}}
{{nospace " h e l\tl o\n"}} {{nospace "é a"}} {{nospace "éa"}} {{initials "First Try"}} {{initials "é à"}} {{initials ""}}
{{swapcase "This Is A.Test ǅ éÉ"}} {{snakecase "FirstName"}} {{camelcase "http_server"}} {{kebabcase "FirstName"}}
{{range list "HTTPServer" "NoHTTPS" "Foo2Bar" "foo_bar-baz" "foo  bar" "__foo__" "a1b2" "A1B2" "1a" "_1" "word123number" "ID" "i18n" "日本語Test" "éÀ" "sn_ake" "Mixed-Case_String here" "" "_" "--" "X" "xY" "HTTP2Server" "aB1cD" "a.b.c" "Foo.Bar" "foo😀bar" "ab12CD" "12AB" "1-2" "_a_" "a  " " a"}}[{{snakecase .}}|{{kebabcase .}}|{{camelcase .}}]{{end}}
{{wrap 5 "Hello World foo bar"}} {{wrap 3 "Hello World"}} {{wrapWith 5 "\t" "Hello World"}} {{wrapWith 3 "|" "Hello World"}} {{wrap 0 "a b"}} {{wrap 80 "short"}} {{wrap 5 ""}} {{wrap 4 "  a  b  cccccc  "}}| {{wrap 1 "aa bb"}} {{wrap 10 "verylongwordwithoutspaces and more"}}|
{{contains "a" "cat"}} {{hasPrefix "c" "cat"}} {{hasSuffix "t" "cat"}} {{contains "" "x"}}
{{quote "a" "b\"c" 1 nil .nothing true .list}} {{squote "a" "b'c" 1 nil 1.5}} {{quote}} {{squote}} {{quote .text "\x00\x7f" .float .million .big}} {{quote .missing}} {{quote .bytes .number .map}}
{{cat "a" 1 nil .list true}} {{cat}} {{cat nil}} {{cat " a " "b "}}|
{{cat " a" " b "}}|{{cat "" ""}}|{{cat "%d" 1}}
{{indent 2 "a\nb\n"}}|{{nindent 2 "a\n\nb"}}|{{indent 0 "a"}}|{{indent 2 ""}}|
{{indent -1 "a"}}
{{replace "a" "b" "aaa"}} {{replace "" "-" "abc"}} {{replace "x" "y" "abc"}} {{replace "" "-" ""}} {{" a b " | replace " " "-"}}
{{plural "one" "many" 1}} {{plural "one" "many" 2}} {{plural "one" "many" 0}}
{{plural "one" "many" .float}}
{{sha1sum "a"}} {{sha256sum "é"}} {{sha512sum ""}} {{adler32sum "Hello"}} {{adler32sum ""}}
{{toString 1.5}} {{toString .list}} {{toString nil}} {{toString .bytes}} {{toString .pair.Labels}} {{toString .number}} {{toString .million}} {{.big | toString}}
{{toStrings (list 1 "a" nil 2.5)}} {{toStrings "x"}} {{toStrings nil}} {{toStrings .ints}} {{toStrings .strings | len}} {{toStrings .map}}
{{join "-" (list 1 2 "c" nil)}} {{join "-" "x"}} {{join "-" nil}}| {{join "," .strings}} {{join "," .ints}} {{join "," .map}}
{{sortAlpha (list "c" "a" "B" 1)}} {{sortAlpha "x"}} {{sortAlpha (list)}} {{sortAlpha .ints}} {{list "é" "z" "😀" "\uffff" | sortAlpha}}
{{split "," "a,b,c"}} {{(split "," "a,b,c")._1}} {{splitn "," 2 "a,b,c"}} {{splitn "," 0 "a"}} {{splitn "," -1 "a,b"}} {{splitList "," "a,b"}} {{splitList "" "aé"}} {{splitList "," ""}} {{splitList "" ""}} {{len (splitList "" "")}}
{{(split "," "a,b")._5}}|{{(split "," "a").x}}
{{atoi "12"}} {{atoi "x"}} {{atoi "1.5"}} {{atoi "-3"}} {{atoi "99999999999999999999"}} {{atoi "0x10"}} {{atoi "+5"}} {{atoi "1_000"}}
{{range list "12" "-5" "1.5" "1.0" "10.00" "0x1F" "010" "0b11" "0o17" "1_000" "abc" "" " 1" "1e3" "99999999999999999999" "-9223372036854775808" ".0" "0" "00" "08" "1.0.0" "+7"}}{{int .}} {{int64 .}} {{float64 .}};{{end}}
{{range .mixed}}{{int .}} {{int64 .}} {{float64 .}};{{end}}
{{int 1.9}} {{int -1.9}} {{int 1e30}} {{int -1e30}} {{int64 .huge}} {{int .big}} {{float64 .big}} {{int .number}} {{float64 .number}} {{int true}} {{float64 true}} {{int .small}} {{int .byte}} {{int .float32}} {{float64 .float32}} {{int nil}} {{int .nilPair}} {{float64 .unsigned}}
{{int "NaN"}} {{float64 "NaN"}} {{float64 "inf"}} {{float64 "-Inf"}} {{float64 "1e400"}} {{float64 "0x1p4"}} {{int (float64 "NaN")}} {{int (float64 "inf")}}
{{printf "%T %T %T" (int 1) (int64 1) (float64 1)}}
{{toDecimal "777"}} {{toDecimal 10}} {{toDecimal "9"}} {{toDecimal nil}} {{toDecimal "-7"}}
{{add}} {{add 1 2 3}} {{add 1 "2" 3.9}} {{add1 "5"}} {{sub 5 2}} {{mul 2 3 4}} {{mul 5}} {{div 7 2}} {{div -7 2}} {{mod 7 3}} {{mod -7 3}} {{div 7 2.5}} {{add .max 1}} {{mul .big .big}} {{sub .big "9007199254740993"}} {{add .big .big}} {{mul 3037000500 3037000500}} {{mod .max 10}} {{div .max 3}}
{{div 1 0}}
{{mod 1 0}}
{{div 1 "x"}}
{{max 1 5 3}} {{min 4 2 8}} {{biggest 1 2}} {{max "a" -1}} {{max 1.9 1.2}} {{maxf 1.5 2 "3.5"}} {{minf 1.5 0.5}} {{max .big .max}} {{min}}
{{floor 123.9999}} {{ceil 123.001}} {{round 123.555555 3}} {{round 123.5 0}} {{round -123.5 0}} {{round 1.005 2}} {{round 1234.5678 -2}} {{round 2.5 0 0.6}} {{floor "x"}} {{ceil -1.5}} {{floor 1e20}} {{round "3.14159" 2}}
{{add1f 1.1}} {{addf 0.1 0.2}} {{addf 1 2 3}} {{subf 0.3 0.1}} {{mulf 1.1 3}} {{divf 10 3}} {{divf 1 8}} {{addf}} {{subf 5}} {{divf 2 3 4}} {{mulf 1e300 1e300}} {{addf "1.5" 2}} {{subf 7.5 2 3}} {{divf -1 3}} {{divf 1e-20 3}} {{mulf 0.1 0.1}}
{{divf 1 0}}
{{until 5}} {{until -3}} {{until 0}} {{untilStep 3 10 2}} {{untilStep 10 3 -2}} {{untilStep 0 5 0}} {{untilStep 0 5 -1}} {{untilStep 5 0 1}} {{untilStep 5 0 0}} {{printf "%T" (until 1)}}
{{until (int64 3)}}
{{until "3"}}
{{seq 5}} {{seq -3}} {{seq 0}} {{seq 2 5}} {{seq 5 2}} {{seq 0 2 10}} {{seq 0 -2 -5}} {{seq 10 2 0}} {{seq 1 1 1}} {{seq}} {{seq 1 2 3 4}} {{seq 1}} {{seq 5 0 1}} {{seq 10 -3 0}}
{{default "d" ""}} {{default "d" "v"}} {{default "d" 0}} {{default "d" false}} {{default "d" nil}} {{default "d" .emptyList}} {{default "d" .emptyMap}} {{default "d"}} {{default 1 .missing}} {{.missing | default "x"}} {{default "d" .pair}} {{default "d" .nilPair}} {{default "d" 0.0}} {{default "d" "" "x"}} {{default "d" .nilSlice}} {{default "d" .zero}}
{{empty ""}} {{empty 0}} {{empty nil}} {{empty .list}} {{empty .missing}} {{empty .pair}} {{empty .nilMap}} {{empty 0.0}} {{empty false}} {{empty " "}} {{empty .pointer}}
{{empty (adder)}}
{{coalesce "" 0 nil "x" "y"}} {{coalesce}} {{coalesce nil}} {{all 1 "a"}} {{all 1 ""}} {{all}} {{any 0 ""}} {{any 0 1}} {{any}}
{{ternary "y" "n" true}} {{ternary "y" "n" false}} {{true | ternary 1 2}}
{{ternary "y" "n" "true"}}
{{ternary "y" "n" nil}}
{{fail "boom"}}
{{list 1 2 | fail}}
{{toJson .}}
{{toPrettyJson .map}} {{toPrettyJson .emptyList}} {{toPrettyJson .emptyMap}} {{toPrettyJson .mixed}}
{{toRawJson .html}} {{toJson .html}} {{toJson "\u2028\x00\x7f\t\b\f\\"}} {{toRawJson "\u2028<"}} {{toJson "\xff"}} {{toJson 1e21}} {{toJson 1e-7}} {{toJson 1e20}} {{toJson 0.000001}} {{toJson 100}} {{toJson .million}} {{toJson nil}} {{toJson .nilSlice}} {{toJson .nilMap}} {{toJson .nilPair}} {{toJson .pair}} {{toJson .pointer}} {{toJson .bytes}} {{toJson .number}} {{toJson .intMap}} {{toJson .float32}} {{toJson -0.0}} {{toJson 1.0}} {{toJson .big}}
{{toJson (adder)}}|{{toJson (float64 "NaN")}}|{{toPrettyJson (adder)}}|
{{mustToJson (adder)}}
{{toRawJson (adder)}}
{{mustToRawJson (float64 "inf")}}
{{mustToPrettyJson 1i}}
{{fromJson "{\"a\":[1,2.5,\"x\",null,true,{\"b\":{}}]}"}} {{(fromJson "{\"a\":1}").a}} {{fromJson "5" | typeOf}} {{fromJson "null"}} {{fromJson "nope"}} {{fromJson "\"\\u00e9\\ud83d\\ude00\\ud83d\""}} {{fromJson "[1e3,-0,1E-2]"}} {{fromJson "{\"a\":1,\"a\":2}"}}
${[
  "",
  " ",
  "{",
  "[",
  '{"a"',
  '{"a":',
  '{"a":1',
  '{"a":1,',
  '{"a":1,}',
  "{a:1}",
  "[1,]",
  "[1 2]",
  "1 2",
  "nul",
  "nope",
  "tru",
  "truE",
  "falsy",
  "-",
  "-x",
  "01",
  "1.",
  "1.x",
  "1e",
  "1e+",
  "1ex",
  '"a',
  '"a\\x"',
  '"\\u12g4"',
  '"a\tb"',
  "'a'",
  "[}",
  "{]",
  '{"a" 1}',
  '{"a":1 "b"}',
  "é",
  '"\\ud800"',
  "1e400",
  "[[[[]]]",
  "{}x",
  '{"a":1}}',
]
  .map((json) => `{{mustFromJson ${JSON.stringify(json)}}}`)
  .join("\n")}
{{typeOf 1}} {{typeOf 1.0}} {{typeOf "s"}} {{typeOf nil}} {{typeOf .list}} {{typeOf .map}} {{typeOf .strings}} {{typeOf .pair}} {{typeOf .pointer}} {{typeOf true}} {{typeOf (dict)}} {{typeOf (list)}} {{typeOf (split "," "a")}} {{typeOf (chunk 1 (list 1))}} {{typeOf .missing}} {{typeOf (now)}} {{typeOf (semver "1.2.3")}}
{{typeIs "string" "s"}} {{typeIs "int" 1.0}} {{typeIsLike "main.Pair" .pointer}} {{typeIsLike "*main.Pair" .pair}} {{typeIsLike "string" "x"}}
{{kindOf 1}} {{kindOf 1.0}} {{kindOf "s"}} {{kindOf nil}} {{kindOf .list}} {{kindOf .map}} {{kindOf .pair}} {{kindOf .pointer}} {{kindOf true}} {{kindOf (adder)}} {{kindIs "map" .map}} {{kindIs "slice" .list}} {{kindOf .number}} {{kindOf .bytes}} {{kindIs "invalid" nil}}
{{deepEqual 1 1}} {{deepEqual 1 1.0}} {{deepEqual .list .list}} {{deepEqual .map .map}} {{deepEqual (list 1 2) (list 1 2)}} {{deepEqual (dict "a" (list 1)) (dict "a" (list 1))}} {{deepEqual (list) .nilSlice}} {{deepEqual nil nil}} {{deepEqual .map .emptyMap}} {{deepEqual .pair .pair}} {{deepEqual .strings (list "x" "y")}} {{deepEqual (float64 "NaN") (float64 "NaN")}} {{deepEqual .nilMap (dict)}} {{deepEqual "a" nil}}
{{base "a/b/c.txt"}} {{base ""}} {{base "/"}} {{base "a/"}} {{base "//"}} {{dir "a/b/c"}} {{dir "/a"}} {{dir ""}} {{dir "a"}} {{dir "/"}} {{dir "a//b/"}} {{clean "a//b/../c/./d"}} {{clean ""}} {{clean "/.."}} {{clean "../../a"}} {{clean "/a/../../b"}} {{clean "a/.."}} {{ext "a.tar.gz"}} {{ext "a"}} {{ext "a.b/c"}} {{ext ".x"}} {{isAbs "/a"}} {{isAbs "a"}} {{osBase "a/b"}} {{osDir "a/b"}} {{osClean "a/./b"}} {{osExt "x.y"}} {{osIsAbs "/"}} {{osBase ""}} {{osDir ""}}
{{b64enc "hello"}} {{b64dec "aGVsbG8="}} {{b64enc ""}} {{b64enc .text}} {{b64dec "w6k="}} {{b64dec "//79" | printf "%q"}} {{b32enc "hello"}} {{b32dec "NBSWY3DP"}} {{b32enc "a"}} {{b32enc "ab"}} {{b32enc "abc"}} {{b32enc "abcd"}} {{b32dec "ME======"}} {{b32dec (b32enc .text)}}
{{range list "a" "ab" "abc" "abcd" "abcde" "a===" "a=" "ab=" "ab=x" "abc=x" "=" "a!b" "aGVs\nbG8=" "ab\n==" "ab=\n=" "ab=\n" "abcd=" "abcdab" "abcdabc" "abcdefgha" "é" "aGVsbG8=\n" "aGVsbG8= " "aGVsbG8==" "====" "ab==cd" "abc=\n\n" "a\nb\nc" "abcdefghijk" "abcdefgh!jkl" "YQ==YQ=="}}{{b64dec . | printf "%q"}} {{end}}
{{range list "a" "AB" "ABC" "ABCD" "ABCDE" "ABCDEF" "ABCDEFG" "A=" "AB======" "AB=====" "AB=======" "ABC=====" "ABCD====" "ABCDE===" "ABCDEF==" "ABCDEFG=" "AB1" "ab" "A=======" "AB======A" "AB==X===" "ABCDEFGHA" "AB\n======" "é" "========"}}{{b32dec . | printf "%q"}} {{end}}
{{dict}} {{dict "a" 1}} {{dict "a"}} {{dict "a" 1 "b"}} {{dict 1 2}} {{dict "a" nil}} {{dict "a" 1 "a" 2}} {{dict .list 1}} {{(dict "a" (dict "b" 1)).a.b}} {{dict nil 1}}
{{get .map "a"}} {{get .map "nope"}}| {{get .map "nil"}} {{hasKey .map "a"}} {{hasKey .map "nil"}} {{hasKey .map "x"}}
{{get .name "a"}}
{{get nil "a"}}
{{get .nothing "a"}}
{{get .missing "a"}}
{{get .stringMap "k"}}
{{get .nilMap "k"}}|
{{hasKey nil "x"}}
{{set (dict "a" 1) "b" 2}} {{$d := dict}}{{$_ := set $d "x" 1}}{{$d}} {{set $d "x" nil}} {{unset $d "x"}} {{unset (dict) "y"}}
{{set nil "a" 1}}
{{set .nilMap "a" 1}}
{{unset .nilMap "a"}}
{{pluck "a" (dict "a" 1) (dict "b" 2) (dict "a" 3)}} {{pluck "z" (dict)}} {{pluck "a"}}
{{keys (dict "b" 1 "a" 2) | sortAlpha}} {{keys | len}} {{keys (dict "a" 1) (dict "a" 2)}} {{values (dict "a" 1)}} {{values (dict)}} {{typeOf (keys)}}
{{pick (dict "a" 1 "b" 2) "a" "c"}} {{omit (dict "a" 1 "b" 2) "a" "c"}} {{pick .map}} {{omit (dict "a" 1)}}
{{merge (dict "a" 1) (dict "a" 2 "b" 3)}} {{merge (dict "a" 0 "b" "" "c" false "d" nil) (dict "a" 1 "b" "x" "c" true "d" 1)}} {{merge (dict "n" (dict "x" 1)) (dict "n" (dict "x" 2 "y" 3))}} {{merge (dict) (dict "a" (list))}} {{merge (dict "a" (list)) (dict "a" (list 1))}} {{merge (dict "a" (list 1)) (dict "a" (list 2 3))}} {{merge (dict "a" "x") (dict "a" (dict "b" 1))}} {{merge (dict "a" (dict "b" 1)) (dict "a" "x")}} {{merge (dict "a" (dict)) (dict "a" (dict "b" 1))}} {{merge (dict "a" 1) (dict "a" nil)}} {{merge (dict) (dict "a" nil)}} {{merge (dict "a" nil) (dict "a" (dict "b" 1))}}
{{mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3)}} {{mergeOverwrite (dict "a" 1 "b" "x" "c" true) (dict "a" 0 "b" "" "c" false)}} {{mergeOverwrite (dict "n" (dict "x" 1 "z" 1)) (dict "n" (dict "x" 2 "y" 3))}} {{mergeOverwrite (dict "a" (list 1)) (dict "a" (list))}} {{mergeOverwrite (dict "a" (list 1)) (dict "a" (list 2))}} {{mergeOverwrite (dict "a" "x") (dict "a" (dict "b" 1))}} {{mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" "x")}} {{mergeOverwrite (dict "a" 1) (dict "a" nil)}} {{mergeOverwrite (dict "a" (dict "b" 1)) (dict "a" (dict))}} {{mergeOverwrite (dict "a" (dict)) (dict "a" (dict "b" 1))}} {{mergeOverwrite (dict "a" (list 1)) (dict "a" "x")}} {{mergeOverwrite (dict "a" "x") (dict "a" (list 1))}}
{{$a := dict "x" (dict "y" 1)}}{{$b := dict "x" (dict "z" 2)}}{{$_ := merge $a $b}}{{$a}} {{$b}} {{$c := dict}}{{$_ := merge $c $b}}{{$_ := set $b.x "new" 1}}{{$c}}
{{merge .nilMap (dict "a" 1)}} {{merge .nilMap .nilMap}} {{merge (dict "a" 1)}} {{mustMerge (dict "a" 1) (dict "b" 2)}} {{mustMergeOverwrite (dict "a" 1) (dict "a" 2)}} {{merge nil (dict "a" 1)}} {{merge (dict "a" 1) nil}}
{{merge (dict "a" .stringMap) (dict "a" (dict "z" 1))}}|{{merge (dict "a" (dict "z" 1)) (dict "b" .stringMap)}}|{{merge (dict "a" .strings) (dict "a" (list 1))}}
{{merge 1 2}}
{{dig "a" "b" "def" (dict "a" (dict "b" 1))}} {{dig "a" "x" "def" (dict "a" (dict "b" 1))}} {{dig "x" "y" "def" (dict)}} {{dig "a" nil (dict "a" 1)}} {{dig "a" "def" (dict "a" nil)}}
{{dig "a" "b" "def" (dict "a" 1)}}
{{dig "a" "b" "def" (dict "a" nil)}}
{{dig "a" (dict)}}
{{dig 1 "d" (dict)}}
{{dig "a" "d" .list}}
{{dig "a" "d" nil}}
{{dig "k" "d" .stringMap}}
{{deepCopy .map}} {{$x := dict "a" (list 1)}}{{$y := deepCopy $x}}{{$_ := set $y "b" 2}}{{$x}}{{$y}} {{mustDeepCopy .list}} {{deepCopy 1}} {{deepCopy "x"}}
{{list}} {{list 1 "a" nil}} {{tuple 1 2}} {{append (list 1) 2}} {{push (list 1) 2}} {{mustAppend (list) nil}} {{mustPush .strings "z"}} {{prepend (list 2) 1}} {{mustPrepend .ints 0}} {{append .nilSlice 1}}
{{append "x" 1}}
{{append nil 1}}
{{prepend "x" 1}}
{{mustAppend .map 1}}
{{first (list 1 2)}} {{first (list)}} {{last (list 1 2)}} {{last (list)}} {{rest (list 1 2 3)}} {{rest (list)}} {{initial (list 1 2 3)}} {{initial (list)}} {{first .strings}} {{last .ints}} {{rest .strings}} {{initial .ints}} {{rest (list 1)}} {{toJson (rest (list))}} {{toJson (rest (list 1))}}
{{first "abc"}}
{{first nil}}
{{last .map}}
{{rest 1}}
{{initial nil}}
{{mustFirst "abc"}}
{{mustLast nil}}
{{reverse (list 1 2 3)}} {{reverse .strings}} {{uniq (list 1 2 1 "1" 1.0 nil nil (list 1) (list 1))}} {{uniq .strings}} {{uniq (list "b" "a" "b")}} {{without (list 1 2 3) 2 3}} {{without (list "a" "b") "a"}} {{without .strings "x"}} {{without (list 1) 1.0}} {{compact (list 1 0 "" "a" nil false .emptyList)}} {{compact .strings}}
{{reverse "abc"}}
{{uniq nil}}
{{without "a" "a"}}
{{compact 1}}
{{has 2 (list 1 2)}} {{has "a" .strings}} {{has "x" .strings}} {{has nil (list nil)}} {{has 1 nil}} {{has 1.0 (list 1)}} {{has (list 1) (list (list 1))}} {{mustHas 3 .ints}}
{{has 1 "abc"}}
{{slice (list 1 2 3) 1}} {{slice (list 1 2 3) 1 2}} {{slice (list 1 2 3)}} {{slice (list)}} {{slice .strings 0 1}} {{slice (list 1 2 3) "1" "2"}} {{mustSlice .ints 2}} {{slice (list 1 2) 1.9}} {{slice (list 1 2 3) 0 0}}
{{slice (list 1 2 3) 2 1}}
{{slice (list 1 2 3) 0 9}}
{{slice (list 1 2 3) -1}}
{{slice "abc" 1}}
{{slice nil 1}}
{{concat (list 1) (list 2 3) .strings}} {{concat}} {{concat (list)}} {{toJson (concat)}} {{concat (list nil) .nilSlice}}
{{concat "a"}}
{{concat nil}}
{{chunk 2 (list 1 2 3 4 5)}} {{chunk 5 (list 1)}} {{chunk 1 .strings}} {{chunk 3 (list)}} {{chunk 2 (list 1 2)}} {{mustChunk 2 .ints}} {{toJson (chunk 2 (list 1 2 3))}}
{{chunk 0 (list 1)}}
{{chunk 2 "abc"}}
{{chunk 2 nil}}
{{regexMatch "^a.c$" "abc"}} {{regexMatch "[" "x"}} {{regexMatch "" ""}} {{mustRegexMatch "a+" "caat"}} {{regexMatch "(?i)ABC" "xabcx"}} {{regexMatch "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$" "my-name"}} {{regexMatch "\\p{Greek}" "α"}} {{regexMatch "(?s)a.b" "a\nb"}} {{regexMatch "a.b" "a\nb"}} {{regexMatch "\\bfoo\\b" "a foo b"}} {{regexMatch "(?m)^b" "a\nb"}} {{regexMatch "\\x{263a}" "☺"}} {{regexMatch "[[:alpha:]]+" "abc"}} {{regexMatch "\\d{2,3}" "12"}} {{regexMatch "\\Qa.b\\E" "a.b"}} {{regexMatch "\\z" "x"}}
{{mustRegexMatch "[" "x"}}
{{mustRegexMatch "(?=x)" "x"}}
{{mustRegexMatch "(?<=x)y" "x"}}
{{mustRegexMatch "(a" "x"}}
{{mustRegexMatch "a)" "x"}}
{{mustRegexMatch "*a" "x"}}
{{mustRegexMatch "a**" "x"}}
{{mustRegexMatch "a{1001}" "x"}}
{{mustRegexMatch "a{2,1}" "x"}}
{{mustRegexMatch "\\" "x"}}
{{mustRegexMatch "\\8" "x"}}
{{mustRegexMatch "\\1" "x"}}
{{mustRegexMatch "[z-a]" "x"}}
{{mustRegexMatch "\\p{Nope}" "x"}}
{{mustRegexMatch "(?P<n>a)(?P<n>b)" "x"}}
{{mustRegexMatch "(?z)" "x"}}
{{mustRegexMatch "[[:nope:]]" "x"}}
{{mustRegexMatch "(?<n>a)" "xa"}} {{mustRegexMatch "(?P<n>a)" "xa"}}
{{regexFind "[" "x"}}
{{regexFind "a` +
  "`" +
  String.raw`[" "x"}}
{{regexFind "a+" "baaac"}} {{regexFind "z" "a"}}| {{mustRegexFind "[0-9]+" "abc123"}} {{regexFind "é+" "aéé"}} {{regexFind "a*" "baa"}}|
{{regexFindAll "a." "abacad" -1}} {{regexFindAll "a." "abacad" 2}} {{regexFindAll "z" "a" -1}} {{regexFindAll "a" "aaa" 0}} {{regexFindAll "a*" "baac" -1}} {{regexFindAll "" "abc" -1}} {{regexFindAll "x*" "é日" -1 | len}} {{mustRegexFindAll "[0-9]" "1a2" 10}} {{toJson (regexFindAll "z" "a" -1)}} {{regexFindAll "b|" "abc" -1 | len}}
{{regexReplaceAll "a(x*)b" "-ab-axxb-" "${"${1}"}W"}} {{regexReplaceAll "a(x*)b" "-ab-axxb-" "$1W"}} {{regexReplaceAll "a(x*)b" "-ab-axxb-" "$1 W"}} {{regexReplaceAll "a" "banana" "$$"}} {{regexReplaceAll "(?P<n>a)" "banana" "<${"${n}"}>"}} {{regexReplaceAll "(a)(n)?" "banana" "[$1$2$3]"}} {{regexReplaceAll "" "abc" "-"}} {{regexReplaceAll "b*" "abbc" "-"}} {{regexReplaceAll "a" "a" "$"}} {{regexReplaceAll "a" "a" "${"${"}"}} {{regexReplaceAll "a" "a" "${"${x"}"}} {{regexReplaceAll "(a)" "a" "$01 $0 $10"}} {{mustRegexReplaceAll "é" "aéb" "e"}} {{regexReplaceAll "[^a-z]+" "Hello World" "-"}} {{regexReplaceAll "^" "abc" "x"}} {{regexReplaceAll "$" "abc" "x"}}
{{regexReplaceAll "(" "a" "b"}}
{{mustRegexReplaceAll "(" "a" "b"}}
{{regexReplaceAllLiteral "a(x*)b" "-ab-axxb-" "${"${1}"}"}} {{mustRegexReplaceAllLiteral "a" "banana" "$1"}} {{regexReplaceAllLiteral "\\." "a.b.c" "\\"}}
{{regexSplit "a" "banana" -1}} {{regexSplit "z+" "pizza" -1}} {{regexSplit "z+" "pizza" 1}} {{regexSplit "z+" "pizza" 2}} {{regexSplit "z+" "pizza" 0}} {{regexSplit "" "abc" -1}} {{regexSplit "," "" -1}} {{regexSplit "" "" -1 | len}} {{mustRegexSplit "\\s+" "a b  c" -1}} {{regexSplit "x*" "axbxc" -1}} {{regexSplit "a" "aaa" -1 | len}} {{regexSplit "^" "ab" -1}}
{{regexSplit "[" "a" -1}}
{{mustRegexSplit "[" "a" -1}}
{{regexQuoteMeta "1.2.3+[a]{b}(c)|^$*?\\"}} {{regexQuoteMeta "é-_"}}
{{semver "1.2.3-beta.1+c0ff33"}} {{(semver "v1.2").Major}} {{with semver "1.2.3-b+m"}}{{.Major}} {{.Minor}} {{.Patch}} {{.Prerelease}} {{.Metadata}} {{.Original}} {{.String}} {{.IncPatch}} {{.IncMinor}} {{.IncMajor}} {{.Compare (semver "1.2.4")}} {{.LessThan (semver "2.0.0")}} {{.Equal (semver "1.2.3-b")}} {{.GreaterThan (semver "1.0.0")}}{{end}} {{(semver "1.2.3" | (semver "1.2.4").Compare)}} {{printf "%v %s" (semver "1") (semver "1.1")}}
{{(semver "1.2.3").IncPatch.String}} {{((semver "1.2.3").SetPrerelease "rc.1")}} {{((semver "v1.2.3").SetMetadata "x").Original}}
{{(semver "1.2.3").SetPrerelease "r_c"}}
{{(semver "1.2.3").Compare "1.2.4"}}
{{semver "x"}}
{{semver ""}}
{{semver "1.2.3.4"}}
{{semver "1.2.3-01"}}
{{semver "01.2.3"}}
{{semver "1.2.3-"}}
{{semver "1.2.3+"}}
{{semver "99999999999999999999.0.0"}}
{{semver " 1.2.3"}}
{{urlParse "http://admin:secret@server.com:8080/api?list=false#anchor"}} {{urlParse "mailto:a@b.c"}} {{urlParse ""}} {{urlParse "//host/path"}} {{urlParse "/a%20b/c?x=%20#f%20g"}} {{urlParse "HTTP://EXAMPLE.com/"}} {{urlParse "http://[::1]:80/x"}} {{urlParse "a/b:c"}} {{urlParse "http://h?"}} {{urlParse "http://u@h"}} {{urlParse "http://u:@h"}} {{urlParse "x:y/z?q"}} {{urlParse "*"}} {{urlParse "http://é.com/é"}} {{urlParse "http:/a"}} {{urlParse "http:///a"}} {{urlParse "http://a%2Fb:p%40w@h/"}} {{urlParse "?a=b"}} {{urlParse "#"}} {{urlParse "http://h:/"}}
{{urlParse "http://a b/"}}
{{urlParse "http://h:x/"}}
{{urlParse ":x"}}
{{urlParse "a:b:c/d"}}
{{urlParse "1a:b"}}
{{urlParse "http://h/%zz"}}
{{urlParse "http://h/%2"}}
{{urlParse "http://h/#%zz"}}
{{urlParse "http://u%zz@h/"}}
{{urlParse "http://u é@h/"}}
{{urlParse "http://[::1/"}}
{{urlParse "http://[::1]x/"}}
{{urlParse "http://a:b:c/"}}
{{urlParse "foo://a:b:1/"}}
{{urlParse "http://a[b]/"}}
{{urlParse "http://h\n/"}}
{{urlParse "http://h%41/"}}
{{urlParse "http://[1.2.3.4]/"}}
{{urlJoin (dict "scheme" "http" "host" "h" "path" "/a b?" "query" "x=1" "fragment" "f g")}} {{urlJoin (dict)}} {{urlJoin (dict "scheme" "mailto" "opaque" "a@b")}} {{urlJoin (dict "host" "h" "path" "a")}} {{urlJoin (dict "path" "a:b")}} {{urlJoin (dict "scheme" "http" "host" "h" "userinfo" "u:p@w")}} {{urlJoin (dict "scheme" "http" "path" "/a")}} {{urlJoin (urlParse "http://u:p@h:1/p?q#f")}} {{urlJoin (dict "path" "é!*'()[]{}|")}} {{urlJoin (dict "scheme" "x" "host" "a<b>\"c")}} {{urlJoin (dict "fragment" "é!*'()[]|")}} {{urlJoin (dict "path" "*")}}
{{urlJoin (dict "scheme" 1)}}
{{urlJoin (dict "scheme" nil)}}
{{urlJoin (dict "userinfo" "a b")}}
{{derivePassword 1 "long" "password" "user" "example.com"}} {{derivePassword 2 "maximum" "p" "u" "s"}} {{derivePassword 1 "medium" "p" "u" "s"}} {{derivePassword 1 "short" "p" "é" "s"}} {{derivePassword 1 "basic" "p" "u" "s"}} {{derivePassword 1 "pin" "p" "u" "s"}} {{derivePassword 1 "nope" "p" "u" "s"}}
{{derivePassword -1 "long" "p" "u" "s"}}
{{derivePassword 1.5 "long" "p" "u" "s"}}
{{decryptAES "secret" (encryptAES "secret" "plaintext é")}} {{encryptAES "x" ""}}| {{decryptAES "x" ""}}| {{decryptAES "verylongpasswordverylongpasswordverylong" (encryptAES "verylongpasswordverylongpasswordverylong" "a")}} {{len (encryptAES "a" "b")}}
{{decryptAES "x" "!!"}}
{{decryptAES "x" "YWJj"}}
{{decryptAES "x" "YWJjZGVmZ2hpamtsbW5vcHFyc3R1"}}
{{htpasswd "a:b" "c"}} {{len (bcrypt "x")}} {{bcrypt (repeat 73 "x")}} {{hasPrefix "$2a$10$" (bcrypt "x")}} {{hasPrefix "u:$2a$10$" (htpasswd "u" "p")}}
{{len (randAlphaNum 10)}} {{len (randAlpha 5)}} {{len (randNumeric 3)}} {{len (randAscii 7)}} {{len (randBytes 3)}} {{randAlphaNum 0}}| {{randAlphaNum -1}}| {{len uuidv4}} {{regexMatch "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$" uuidv4}} {{regexMatch "^[A-Za-z]{20}$" (randAlpha 20)}} {{regexMatch "^[A-Za-z0-9]{20}$" (randAlphaNum 20)}} {{len (shuffle "abc")}} {{ge (randInt 1 5) 1}} {{typeOf (randInt 0 1)}}
{{randInt 5 5}}
{{randInt 5 1}}
{{randBytes -1}}
{{genPrivateKey "nope"}} {{regexFind "BEGIN .*-" (genPrivateKey "ecdsa")}} {{regexFind "BEGIN .*-" (genPrivateKey "ed25519")}} {{len (genPrivateKey "ed25519")}} {{len (genPrivateKey "ecdsa")}}
{{$ca := genCA "ca" 365}}{{regexFind "BEGIN .*-" $ca.Cert}} {{regexFind "BEGIN .*-" $ca.Key}} {{typeOf $ca}} {{$c := genSignedCert "x.y" (list "10.0.0.1" "::1") (list "a.b") 10 $ca}}{{regexFind "BEGIN .*-" $c.Cert}} {{regexFind "BEGIN .*-" (genSelfSignedCert "s" nil nil 1).Cert}}
{{genSignedCert "x" (list "nope") nil 1 (genCA "a" 1)}}
{{genSelfSignedCert "x" (list 1) nil 1}}
{{genSelfSignedCert "x" nil (list 1) 1}}
{{genSignedCert "x" nil nil 1 (dict "Cert" "x")}}
{{genCAWithKey "x" 1 "nope"}}
{{genCAWithKey "x" 1 "-----BEGIN FOO-----\nYQ==\n-----END FOO-----\n"}}
{{genCAWithKey "x" 1 "-----BEGIN FOO PRIVATE KEY-----\nYQ==\n-----END FOO PRIVATE KEY-----\n"}}
{{regexFind "BEGIN .*-" (genCAWithKey "x" 1 (genPrivateKey "ecdsa")).Cert}} {{(genSelfSignedCertWithKey "x" nil nil 1 (genPrivateKey "ed25519")).Key | len}}
{{buildCustomCert "!" "x"}}
{{buildCustomCert "YQ==" "!"}}
{{buildCustomCert "YQ==" "YQ=="}}
{{$ca := genCA "a" 1}}{{(buildCustomCert (b64enc $ca.Cert) (b64enc $ca.Key)).Cert | eq $ca.Cert}}
{{$ca := genCA "a" 1}}{{buildCustomCert (b64enc $ca.Cert) (b64enc "x")}}
`;

const CONSTRAINTS = [
  "1.2.3",
  "=1.2.3",
  "!=1.2.3",
  ">1.2.3",
  "<1.2.3",
  ">=1.2.3",
  "=>1.2.3",
  "<=1.2.3",
  "=<1.2.3",
  "~1.2.3",
  "~>1.2.3",
  "^1.2.3",
  "~1",
  "~1.2",
  "^1",
  "^1.2",
  "^0.2.3",
  "^0.0.3",
  "^0.0",
  "^0",
  "*",
  "x",
  "1.x",
  "1.2.x",
  "1.2",
  "1",
  "",
  " ",
  ">1",
  ">1.2",
  "<1",
  "<=1",
  "<=1.2",
  ">=1.2",
  "!=1",
  "!=1.2",
  "1.2 - 1.4",
  "1.2.3 - 2.3.4",
  ">=1.2, <2",
  ">=1.2 <2",
  "<1 || >2",
  "^1 || ^2",
  ">=1.2.3-0",
  "^1.2.3-beta",
  ">1.0.0-alpha",
  "1.2.3-beta.2",
  "~1.2.3-beta.2",
  "v1.2.3",
  ">= v1.2",
  "= 1.2.3",
  "~ 1.2",
  ">=1.2,",
  "a",
  "1.2.3.4",
  ">>1",
  "1 2",
  "1,2",
  "|| 1",
  "1 ||",
  "!=1.2.x",
  ">0.0.0-0",
  "=*",
  ">=*",
  "1.2.3+build",
  "^1.2.3+build",
  "1.X",
  "1.*",
  "01.2.3",
  ">=1.2 || bad",
  "~0",
  "~0.0.0",
  "^*",
];
const VERSIONS = [
  "1.2.3",
  "1.2.4",
  "1.3.0",
  "2.0.0",
  "0.2.3",
  "0.2.9",
  "0.3.0",
  "0.0.3",
  "0.0.4",
  "1.2.3-beta.2",
  "1.2.3-beta.10",
  "1.2.3-alpha",
  "1.0.0",
  "v1.2",
  "1",
  "2.3.4",
  "1.2.3+meta",
  "3.0.0-rc1",
  "x",
];

const DATES = [
  { $time: "2024-02-29T13:04:05.123456789Z" },
  { $time: "1999-12-31T23:59:59Z" },
  { $time: "2024-07-04T00:00:00.1Z" },
  { $time: "0001-01-01T00:00:00Z" },
  { $time: "2026-03-29T01:30:00+01:00" },
  { $time: "1850-06-15T12:00:00Z" },
  { $int: 0 },
  { $int64: "1700000000" },
  { $int64: "2200000000" },
];
const LAYOUTS = [
  "2006-01-02T15:04:05Z07:00",
  "Mon Jan _2 15:04:05 MST 2006",
  "Monday, 02-Jan-06 15:04:05 MST",
  "3:04PM 03 pm",
  "2006-01-02 15:04:05.000 .999 ,000 .999999999",
  "Jan January 1 01 2 02 _2 002 __2 06 2006",
  "-0700 -07 -07:00 -070000 -07:00:00 Z0700 Z07 Z07:00 Z070000 Z07:00:00",
  "4 04 5 05 15 3 03",
  "_2006 Janet Monkey MSTx 0.5",
  "",
  "plain text éà",
  "15h04m",
  ".000000000000",
  "20060102150405",
  "2006.01.02",
  "Jan02",
  "05.000",
  "05.99 05,9",
];
const ZONES = [
  "UTC",
  "Local",
  "",
  "Europe/Berlin",
  "America/New_York",
  "Asia/Kolkata",
  "America/Sao_Paulo",
  "Australia/Lord_Howe",
  "Asia/Tehran",
  "Nope/Zone",
  "EST",
  "europe/berlin",
  "Etc/GMT+5",
  "America/St_Johns",
  "Pacific/Apia",
  "+01:00",
];
const PARSES: ReadonlyArray<readonly [layout: string, value: string]> = [
  ["2006-01-02", "2024-02-29"],
  ["2006-01-02", "2023-02-29"],
  ["2006-01-02", "2024-13-01"],
  ["2006-01-02", "2024-1-1"],
  ["2006-1-2", "2024-1-1"],
  ["2006-01-02", "x"],
  ["2006-01-02", ""],
  ["2006-01-02", "2024-02-29 x"],
  ["2006-01-02T15:04:05Z07:00", "2024-02-29T13:04:05Z"],
  ["2006-01-02T15:04:05Z07:00", "2024-02-29T13:04:05.5+02:00"],
  ["2006-01-02T15:04:05Z07:00", "2024-02-29T25:04:05Z"],
  ["15:04", "13:60"],
  ["15:04:05", "13:04:61"],
  ["3:04PM", "1:02PM"],
  ["3:04PM", "13:02PM"],
  ["3:04PM", "12:02AM"],
  ["3:04pm", "1:02PM"],
  ["Jan 2 2006", "Feb 30 2024"],
  ["Jan 2 2006", "feb 3 2024"],
  ["January 2, 2006", "FEBRUARY 3, 2024"],
  ["Mon Jan _2 2006", "Thu Feb  1 2024"],
  ["Monday", "Noday"],
  ["2006 002", "2024 060"],
  ["2006 002", "2024 366"],
  ["2006 002", "2023 366"],
  ["2006 __2", "2024  60"],
  ["06-01-02", "69-01-01"],
  ["06-01-02", "68-01-01"],
  ["2006-01-02 MST", "2024-01-01 UTC"],
  ["2006-01-02 MST", "2024-01-01 CET"],
  ["2006-01-02 MST", "2024-01-01 GMT+3"],
  ["2006-01-02 MST", "2024-01-01 xyz"],
  ["2006-01-02 -0700", "2024-01-01 +0530"],
  ["2006-01-02 -0700", "2024-01-01 +9930"],
  ["2006-01-02 -07:00", "2024-01-01 0530"],
  ["2006-01-02 Z07:00", "2024-01-01 -05:00"],
  ["15:04:05.000", "13:04:05.12"],
  ["15:04:05.000", "13:04:05.123"],
  ["15:04:05.999", "13:04:05.123456"],
  ["15:04:05", "13:04:05.123456"],
  ["15:04:05", "13:04:05,5"],
  ["a 2006", "b 2024"],
  ["2006  01", "2024 02"],
  ["2006 01", "2024    02"],
  ["_2 Jan", " 3 Jan"],
  ["02 Jan", "3 Jan"],
  ["2006-01-02", "éé"],
  ["2006 002 01", "2024 060 03"],
  ["2006-01-02T15:04:05.999999999Z07:00", "2024-02-29T13:04:05.999999999Z"],
  ["2006", "20244"],
  ["2006", "202"],
  ["1/2/06", "3/4/24"],
];
const DURATIONS = [
  "1h",
  "1h30m",
  "90m",
  "1.5h",
  "-1.5s",
  "0",
  "100ms",
  "1us",
  "1µs",
  "1ns",
  "1d",
  "x",
  "",
  "1",
  "1h 2m",
  ".5s",
  "5.s",
  ".s",
  "1h-2m",
  "9223372036854775807ns",
  "9223372036854775808ns",
  "2562047h47m16.854775807s",
  "2562048h",
  "0.000000001s",
  "1e3s",
  "+5s",
  "--5s",
  "1hh",
  "3000000h",
  "0.1ns",
  "1.9999999999s",
];

function dates(): Case[] {
  return [
    ...DATES.map((when) => ({
      text: LAYOUTS.flatMap((layout) =>
        ZONES.map((zone) => `{{dateInZone ${JSON.stringify(layout)} .when ${JSON.stringify(zone)}}}`),
      ).join("\n"),
      data: { when },
    })),
    ...DATES.map((when) => ({
      text: `{{date "2006-01-02" .when}} {{htmlDate .when}} {{htmlDateInZone .when "Asia/Tokyo"}} {{date_in_zone "15:04" .when "Asia/Tokyo"}} {{.when}} {{toJson .when}} {{printf "%v %s %T" .when .when .when}}`,
      data: { when },
    })),
    ...DATES.slice(0, 6).map((when) => ({
      text: `{{unixEpoch .when}} {{dateModify "-1.5h" .when}} {{date_modify "bad" .when}} {{mustDateModify "24h" .when}} {{.when.Unix}} {{.when.Year}} {{.when.Month}} {{.when.Day}} {{.when.Weekday}} {{.when.YearDay}} {{.when.Hour}} {{.when.Minute}} {{.when.Second}} {{.when.Nanosecond}} {{.when.UTC}} {{.when.IsZero}} {{.when.Format "Jan"}} {{.when.AddDate 0 1 1}} {{printf "%d" .when.Month}} {{.when.UnixNano}} {{int .when.Month}} {{.when.Equal .when}} {{.when.Sub (toDate "2006" "2000")}} {{kindOf .when}} {{empty .when}} {{.when.String}}`,
      data: { when },
    })),
    ...PARSES.flatMap(([layout, value]) => [
      { text: `{{toDate ${JSON.stringify(layout)} ${JSON.stringify(value)}}}` },
      { text: `{{mustToDate ${JSON.stringify(layout)} ${JSON.stringify(value)}}}` },
    ]),
    ...DURATIONS.flatMap((text) => [
      {
        text: `{{durationRound ${JSON.stringify(text)}}} {{duration ${JSON.stringify(text)}}} {{dateModify ${JSON.stringify(text)} (toDate "2006" "2000")}}`,
      },
      { text: `{{mustDateModify ${JSON.stringify(text)} (toDate "2006" "2000")}}` },
    ]),
    {
      text: `{{duration 95}} {{duration "95"}} {{duration (int64 95)}} {{duration nil}} {{duration "x"}} {{duration (int64 3600)}} {{duration "-3661"}} {{duration "99999999999"}} {{duration (int64 0)}} {{duration 1.5}}`,
    },
    {
      text: `{{durationRound (int64 3600000000000)}} {{durationRound "8760h1s"}} {{durationRound "-25h"}} {{durationRound "2400h10m5s"}} {{durationRound "1s"}} {{durationRound "61s"}} {{durationRound 5}} {{durationRound nil}} {{durationRound "721h"}}`,
    },
    { text: `{{unixEpoch "x"}}` },
    { text: `{{dateModify "1h" "x"}}` },
    {
      text: `{{unixEpoch (now) | len}} {{date "2006" "x" | len}} {{ago (now)}} {{ago "x"}} {{typeOf (now)}} {{ago nil}}`,
    },
    {
      text: `{{$d := .d}}{{$d}} {{$d.Hours}} {{$d.Minutes}} {{$d.Seconds}} {{$d.Milliseconds}} {{$d.Round .d}} {{printf "%d %v %T" $d $d $d}} {{toJson $d}} {{int $d}} {{int64 $d}} {{float64 $d}} {{kindOf $d}} {{quote $d}} {{eq $d $d}} {{lt $d 5}} {{default 1 $d}} {{add $d 1}}`,
      data: { d: { $duration: 5400000000123 } },
    },
  ];
}

/** Every zone the platform knows, in winter and summer, and through the years. */
function zones(): Case[] {
  const all = Intl.supportedValuesOf("timeZone");
  const seconds = [0, 100_000_000, 300_000_000, 500_000_000, 700_000_000, 900_000_000, 1_100_000_000, 1_300_000_000];
  // The past only: what is to come differs between editions of the time zone database.
  const instants = [...seconds, 1_704_110_400, 1_720_000_000];
  return instants.map((when) => ({
    text: '{{range .zones}}{{.}} {{dateInZone "2006-01-02 15:04:05 -0700 MST" $.when .}}\n{{end}}',
    data: { zones: all, when: { $int64: String(when) } },
  }));
}

export const sprigCases: readonly Case[] = [
  ...splitTemplates(TEMPLATES).map((text) => ({ text, data: EVERYTHING })),
  ...CONSTRAINTS.flatMap((constraint) =>
    VERSIONS.map((version) => ({ text: `{{semverCompare ${JSON.stringify(constraint)} ${JSON.stringify(version)}}}` })),
  ),
  ...dates(),
  ...zones(),
];
