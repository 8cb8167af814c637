package rowkey_test

import (
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/rowkey"
)

// TestAfterNumbers tests that a list goes on after what is a number from 1 on, and which one
// errors speak of.
func TestAfterNumbers(t *testing.T) {
	after, err := rowkey.After[int64](kit.CursorOf(int64(42)))
	if err != nil || after != int64(42) {
		t.Errorf("after 42 is after %v, %v", after, err)
	}
	if gone := rowkey.Gone("order", after).Error(); !strings.Contains(gone, "after the order 42, which is gone") {
		t.Error(gone)
	}
	for _, c := range []kit.Cursor{"0", "0000000000000000000", "-5", "+5", "1.0", " 1", "9223372036854775808"} {
		if after, err := rowkey.After[int64](c); err == nil || !strings.Contains(err.Error(), "after must be the next of another page") {
			t.Errorf("after %q is after %v, %v", c, after, err)
		}
	}
}
