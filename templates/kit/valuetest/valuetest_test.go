package valuetest_test

import (
	"encoding"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/valuetest"
)

// none accepts no text at all.
type none struct{ text string }

func (n none) MarshalText() ([]byte, error) { return []byte(n.text), nil }

func (n *none) UnmarshalText([]byte) error { return errors.New("not a crate number") }

// crate reads what begins like one of the crates of this yard, which nobody guesses, and
// writes with a pointer.
type crate struct{ yard, number int }

func (c *crate) MarshalText() ([]byte, error) {
	return fmt.Appendf(nil, "yard-%d-%d-ok", c.yard, c.number), nil
}

func (c *crate) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "yard-%d-%d-ok", &c.yard, &c.number)
	return err
}

// masked does not write what it is.
type masked struct{ text string }

func (m masked) MarshalText() ([]byte, error) { return []byte("***"), nil }

func (m *masked) UnmarshalText(text []byte) error {
	m.text = string(text)
	return nil
}

// money is made by a constructor.
type money struct {
	amount   int64
	currency string
}

func newMoney(amount int64, currency string) (money, error) {
	if len(currency) != 3 || strings.ToUpper(currency) != currency || strings.ContainsAny(currency, "0123456789-:.%") {
		return money{}, fmt.Errorf("%q is no currency", currency)
	}
	return money{amount, currency}, nil
}

func guessMoney(g *valuetest.Guess) (money, error) {
	return newMoney(valuetest.Number[int64](g), valuetest.Text[string](g))
}

func moneyAgain(m money) (money, error) { return newMoney(m.amount, m.currency) }

// TestParsed shows that values are found for texts of common forms.
func TestParsed(t *testing.T) {
	differ(t, valuetest.Parsed[netip.Addr](t))
	differ(t, valuetest.Parsed[netip.Prefix](t))
	differ(t, valuetest.Parsed[netip.AddrPort](t))
	differ(t, valuetest.Parsed(t, crate{1, 2}, crate{3, 4}))
}

func TestMade(t *testing.T) {
	differ(t, valuetest.Made(t, guessMoney, moneyAgain))
	if v := valuetest.Made(t, guessMoney, moneyAgain, money{1, "none"}, money{7, "EUR"})(0); v != (money{7, "EUR"}) {
		t.Errorf("%v, want the first of those that are known and valid", v)
	}
}

// differ fails unless the values are the same each time, and not all alike.
func differ[T any](t *testing.T, value func(i int) T) {
	t.Helper()
	text := func(i int) string {
		v := value(i)
		if m, ok := any(&v).(encoding.TextMarshaler); ok {
			text, err := m.MarshalText()
			if err != nil {
				t.Error(err)
			}
			return string(text)
		}
		return fmt.Sprint(v)
	}
	first := text(0)
	if again, second := text(0), text(1); again != first || second == first {
		t.Errorf("%T: %s, again %s, and %s", value(0), first, again, second)
	}
}

// TestNothingToTestWith shows what is said where no value is found.
func TestNothingToTestWith(t *testing.T) {
	for want, find := range map[string]func(testing.TB){
		"no valuetest_test.none to test with: it refuses all that was guessed, at last with: not a crate number\ndeclare one": func(t testing.TB) { valuetest.Parsed[none](t) },
		"no valuetest_test.masked to test with: it refuses all that was guessed, at last with: of {text:":                     func(t testing.TB) { valuetest.Parsed[masked](t) },
	} {
		told := &told{TB: t}
		func() {
			defer func() { _ = recover() }()
			find(told)
		}()
		if !strings.Contains(told.text, want) {
			t.Errorf("told %q, want %q", told.text, want)
		}
	}
}

// told takes down what a test says when it fails.
type told struct {
	testing.TB

	text string
}

func (t *told) Fatalf(format string, args ...any) {
	t.text = fmt.Sprintf(format, args...)
	panic("it failed")
}
