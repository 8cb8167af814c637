package bytesize

import (
	"testing"
	"time"
)

func TestOf(t *testing.T) {
	text := "abcd"
	for _, c := range []struct {
		value any
		want  int
	}{
		{nil, 0}, {7, 0}, {text, 4}, {&text, 20}, {(*string)(nil), 0}, {time.Now(), 0}, {&struct{ t time.Time }{time.Now()}, 24},
		{[]byte(text), 4}, {[]string{text, text}, 40}, {map[string]string{text: text}, 40},
		{struct{ a, b string }{text, text}, 8}, {[]any{text}, 36},
	} {
		if got := Of(c.value); got != c.want {
			t.Errorf("%T: %d, want %d", c.value, got, c.want)
		}
	}
}
