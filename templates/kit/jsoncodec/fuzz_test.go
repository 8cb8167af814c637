package jsoncodec

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzSyntax compares the reader with encoding/json, which accepts unpaired
// surrogates, duplicate names and deeper values.
func FuzzSyntax(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-2.5e+7,true,false,null,"x\u00e9\ud83d\ude00\n"]}`, `[]`, `[[],{}]`, ` 1 `, `"\ud800"`, `01`, `[1,]`, `{"a":1,}`, "\xff", `1e`, `-`, "0\x00",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := Decode(data, "value", func(r *Reader) bool {
			r.skip()
			return true
		})
		valid := json.Valid(data) && utf8.Valid(data)
		if err == nil && !valid {
			t.Fatalf("read %q, which is not JSON", data)
		}
		if err != nil && valid && !strings.Contains(err.Error(), "surrogate") && !strings.Contains(err.Error(), "duplicate") && !strings.Contains(err.Error(), "depth") {
			t.Fatalf("%q is JSON: %v", data, err)
		}
	})
}

func FuzzString(f *testing.F) {
	for _, seed := range []string{"", "plain", "é\u2028🎈", "a\x00\x1f\"\\/\n\r\t\b", "\xff\xc0x\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		written := AppendString(nil, s)
		var want string
		if err := json.Unmarshal(written, &want); err != nil {
			t.Fatalf("%q is written %s: %v", s, written, err)
		}
		if got, err := Read(written, "string", ReadString[string]); got != want || err != nil {
			t.Fatalf("%q is written %s and read %q: %v", s, written, got, err)
		}
		if utf8.ValidString(s) && want != s {
			t.Fatalf("%q is written %s", s, written)
		}
	})
}

// FuzzDecode shows that what is decoded is what is written back, and that the
// strict reader accepts nothing that the other one reads otherwise.
func FuzzDecode(f *testing.F) {
	f.Add(appendEveryKind(nil, sampleOfEveryKind()))
	f.Add([]byte(`{"flag":1,"grid":[[1],[2,"x"]],"weights":{"a":"b"},"pieces":[{"quantity":1,"quantity":2},{}],"by_shade":{"grey":{"quantity":1}}}`))
	f.Add([]byte(`{"weights":{"a":1,"b":-0},"raw":"AAEC","maybe":"x","tags":null,"later":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		kept, keptErr := readEveryKind(data)
		decoded, err := decodeEveryKind(data)
		if err == nil && (keptErr != nil || !reflect.DeepEqual(decoded, kept)) {
			t.Fatalf("decoded %+v, read %+v and %v", decoded, kept, keptErr)
		}
		if keptErr != nil {
			return
		}
		written := appendEveryKind(nil, kept)
		again, err := readEveryKind(written)
		if err != nil {
			t.Fatalf("%s is read as %+v and written as %s, which cannot be read: %v", data, kept, written, err)
		}
		if twice := appendEveryKind(nil, again); string(twice) != string(written) {
			t.Fatalf("written %s, then %s", written, twice)
		}
	})
}
