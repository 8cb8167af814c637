package jsoncodec

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// TestIntegers compares what is read as an integer with math/big: JSON Schema's
// integers are the numbers whose value is one, however they are written.
func TestIntegers(t *testing.T) {
	for _, number := range []string{
		"1.0", "1e3", "1E+3", "-0", "-0.0", "0e400", "1.5", "15e-1", "150e-1", "1e-1", "1e400", "1e-400",
		"9007199254740993.0", "9223372036854775807.0", "9.223372036854775807e18", "9223372036854775808.0", "-9223372036854775808.0", "-9223372036854775809.0",
		"18446744073709551615.0", "1.8446744073709551615e19", "18446744073709551616.0", "1.27e2", "12.8e1", "-1.28e2", "-129.0",
	} {
		checkInteger(t, number)
	}
	rapid.Check(t, func(t *rapid.T) {
		checkInteger(t, rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{0,4}[05])?([eE][+-]?[0-9]{1,2})?`).Draw(t, "number"))
	})
}

// TestHugeExponents shows that an exponent that no integer type reads costs nothing.
func TestHugeExponents(t *testing.T) {
	for number, want := range map[string]bool{"1e99999999999999999999": false, "1e-99999999999999999999": false, "0e99999999999999999999": true, "0.00e-99999999999999999999": true} {
		if n, err := Read([]byte(number), "number", ReadInt[int64]); n != 0 && want || (err == nil) != want {
			t.Errorf("%s is read %d: %v", number, n, err)
		}
	}
}

// TestPlain reads whole numbers as they are in paths, where each has one text.
func TestPlain(t *testing.T) {
	for _, number := range []string{"0", "7", "42", "-42", "9223372036854775807", "-9223372036854775808"} {
		if n, err := Parse(number, Plain(ReadInt[int64])); err != nil || fmt.Sprint(n) != number {
			t.Errorf("%s is read %d: %v", number, n, err)
		}
	}
	const outOfRange = "must be between -9223372036854775808 and 9223372036854775807"
	for _, number := range []string{"", "01", "-0", "+1", "1.0", "1e3", "1 ", " 1", "1\n", "0x1", "1_000", "a", "٣"} {
		if n, err := Parse(number, Plain(ReadInt[int64])); n != 0 || err == nil || err.Error() != "must be a whole number in its shortest form, such as 42" {
			t.Errorf("%q is read %d: %v", number, n, err)
		}
	}
	if _, err := Parse("9223372036854775808", Plain(ReadInt[int64])); err == nil || err.Error() != outOfRange {
		t.Error(err)
	}
}

func checkInteger(t rapid.TB, number string) {
	t.Helper()
	value, ok := new(big.Rat).SetString(number)
	if !ok {
		t.Fatalf("%s is no number", number)
	}
	n64, err := Read([]byte(number), "number", ReadInt[int64])
	compareInteger(t, number, n64, err, value.IsInt() && value.Num().IsInt64(), value)
	u64, err := Read([]byte(number), "number", ReadUint[uint64])
	compareInteger(t, number, u64, err, value.IsInt() && value.Num().IsUint64(), value)
	n8, err := Read([]byte(number), "number", ReadInt[int8])
	compareInteger(t, number, n8, err, value.IsInt() && value.Num().IsInt64() && int64(int8(value.Num().Int64())) == value.Num().Int64(), value)
}

func compareInteger(t rapid.TB, number string, got any, err error, fits bool, value *big.Rat) {
	t.Helper()
	if (err == nil) != fits {
		t.Fatalf("%s as %T: %v, want accepted: %v", number, got, err, fits)
	}
	if fits && fmt.Sprint(got) != value.Num().String() {
		t.Fatalf("%s as %T is read %v", number, got, got)
	}
}
