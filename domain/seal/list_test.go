package seal_test

import (
	"testing"

	"github.com/outgrowkit/outgrow/domain/seal"
)

func TestSums(t *testing.T) {
	older := seal.ParseSums([]byte("11  kit/b.go\n22  kit/a b.go\n"))
	newer := seal.ParseSums([]byte("33  kit/b.go\r\n44  kit/c.go\n\n"))
	got := string(older.Union(newer).Text())
	if want := "22  kit/a b.go\n33  kit/b.go\n44  kit/c.go\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
