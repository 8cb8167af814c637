package conflict_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/domain/conflict"
)

const plain = `a
<<<<<<< HEAD
b
=======
c
>>>>>>> branch
d
`

const based = `a
<<<<<<< HEAD
b
||||||| 1234567
o
=======
c
>>>>>>> branch
d
`

func TestRead(t *testing.T) {
	for name, c := range map[string]struct{ text, base, ours, theirs string }{
		"plain":     {plain, "", "a\nb\nd\n", "a\nc\nd\n"},
		"with CRLF": {strings.ReplaceAll(plain, "\n", "\r\n"), "", "a\nb\nd\n", "a\nc\nd\n"},
		"diff3":     {based, "a\no\nd\n", "a\nb\nd\n", "a\nc\nd\n"},
		"both":      {plain + based, "", "a\nb\nd\na\nb\nd\n", "a\nc\nd\na\nc\nd\n"},
		"added":     {"<<<<<<<\n=======\nc\n>>>>>>>\n", "", "", "c\n"},
		"within the base": {"<<<<<<< o\nb\n||||||| base\n<<<<<<<<< x\n=========\n>>>>>>>>> y\n=======\nc\n>>>>>>> t\n",
			"<<<<<<<<< x\n=========\n>>>>>>>>> y\n", "b\n", "c\n"},
		"without a last line end": {"<<<<<<< o\nb\n=======\nc\n>>>>>>> t", "", "b\n", "c\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s, ok := conflict.Read([]byte(c.text))
			if !ok || string(s.Base) != c.base || string(s.Ours) != c.ours || string(s.Theirs) != c.theirs {
				t.Errorf("%t %v", ok, s)
			}
		})
	}
}

func TestNoConflict(t *testing.T) {
	for _, text := range []string{
		"", "a\n", "=======\n", "Title\n=======\n", "<<<<<<<\n", "<<<<<<<\n=======\n", ">>>>>>>\n", "<<<<<<< a\n>>>>>>> b\n", " <<<<<<<\n=======\n>>>>>>>\n",
		plain + ">>>>>>> branch\n",
	} {
		if conflict.In([]byte(text)) {
			t.Errorf("%q has a conflict", text)
		}
	}
	if line := conflict.Line([]byte(plain)); line != 2 {
		t.Errorf("the conflict is in line %d", line)
	}
}
