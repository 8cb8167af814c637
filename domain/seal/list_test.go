package seal_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/domain/seal"
)

func TestUnionList(t *testing.T) {
	got := string(seal.UnionList([]byte("11  kit/b.go\n22  kit/a b.go\n"), []byte("33  kit/b.go\r\n44  kit/c.go\n\n")))
	if want := "22  kit/a b.go\n33  kit/b.go\n44  kit/c.go\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
