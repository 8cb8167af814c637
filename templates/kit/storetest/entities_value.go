package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// keepsExtremes sets every field of a plain type to what is hardest to keep.
func keepsExtremes[E any](t *testing.T, s entityFixture[E]) {
	for i := range extremeCount {
		e := s.Sample(2 * i)
		visitValues(reflect.ValueOf(&e).Elem(), func(v reflect.Value) { setExtreme(v, i) })
		if s.Fix != nil {
			s.Fix(&e, s.Sample(2*i))
		}
		if s.Version != nil {
			*s.Version(&e) = 1
		}
		assert.NoError(t, s.Insert(t.Context(), e))
		wantKept(t, s, t.Context(), e)
	}
}

// extremeCount is how many of them each type has.
const extremeCount = 3

var (
	extremeText = [extremeCount]string{
		"", "Zoë ✓ 𝄞 'quoted' \"twice\" \\ %_;--\r\n\t\u2028\ufeff </script>", longText(),
	}
	extremeFloat = [extremeCount]float64{math.MaxFloat64, math.SmallestNonzeroFloat64, -0.30000000000000004}
	extremeTime  = [extremeCount]time.Time{
		time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
		time.Date(1969, 12, 31, 23, 59, 59, 999_999_000, time.UTC),
	}
	extremeBytes = [extremeCount][]byte{{}, {0, 255, '\'', 0}, []byte(strings.Repeat("\x00\xff", 50_000))}
)

// longText returns one that cannot be compressed: no index takes it as it is.
func longText() string {
	random := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	for range 50_000 {
		b.WriteRune('一' + random.Int32N(20_000))
	}
	return b.String()
}

// setExtreme sets a value of a plain type. Those of named types may have rules,
// and stay as they are.
func setExtreme(v reflect.Value, i int) {
	switch v.Interface().(type) {
	case string:
		v.SetString(extremeText[i])
	case bool:
		v.SetBool(i%2 == 0)
	case int, int8, int16, int32, int64, time.Duration:
		greatest := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		v.SetInt([extremeCount]int64{greatest, -greatest - 1, 0}[i])
	case float64:
		v.SetFloat(extremeFloat[i])
	case time.Time:
		v.Set(reflect.ValueOf(extremeTime[i]))
	case []byte:
		v.SetBytes(extremeBytes[i])
	}
}

// visitValues calls do with every value in v that can be set, those of plain types first:
// fields, elements, and what pointers point to.
func visitValues(v reflect.Value, do func(reflect.Value)) {
	if v.CanSet() { // an embedded struct may not, though its fields can
		defer do(v)
	}
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			visitValues(v.Field(i), do)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			visitValues(v.Elem(), do)
		}
	case reflect.Slice:
		for i := range v.Len() {
			visitValues(v.Index(i), do)
		}
	default:
	}
}

// scrambleShared changes everything that a copy of v would share with v.
func scrambleShared(v reflect.Value) {
	visitValues(v, func(v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				v.Elem().SetZero()
			}
		case reflect.Slice:
			for i := range v.Len() {
				v.Index(i).SetZero()
			}
		case reflect.Map:
			v.Clear()
		default:
		}
	})
}

func copiesGiven[E any](t *testing.T, s entityFixture[E]) {
	e := s.Sample(0)
	assert.NoError(t, s.Insert(t.Context(), e))
	scrambleShared(reflect.ValueOf(&e).Elem())
	wantKept(t, s, t.Context(), s.Sample(0))
}

func copiesReturned[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	got, err := s.Get(t.Context(), e)
	assert.NoError(t, err)
	scrambleShared(reflect.ValueOf(&got).Elem())
	wantKept(t, s, t.Context(), e)
}

func copiesListed[E any](t *testing.T, s entityFixture[E]) {
	e := inserted(t, s, 0)
	listing, err := s.List(t.Context(), wholePage)
	assert.NoError(t, err)
	for i := range listing.Items {
		scrambleShared(reflect.ValueOf(&listing.Items[i]).Elem())
	}
	listing, err = s.List(t.Context(), wholePage)
	assert.NoError(t, err)
	wantEqual(t, listing.Items, []E{e})
}

// wantEqual compares values, and names the fields that differ.
func wantEqual[V any](t *testing.T, got, want V) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
		nameDifferences(t, reflect.TypeFor[V]().String(), reflect.ValueOf(got), reflect.ValueOf(want))
	}
}

// nameDifferences names the elements of lists and the fields of structs that differ.
func nameDifferences(t *testing.T, path string, got, want reflect.Value) {
	t.Helper()
	if got.Kind() == reflect.Pointer && !got.IsNil() && !want.IsNil() {
		got, want = got.Elem(), want.Elem()
	}
	if got.Kind() == reflect.Slice && got.Type().Elem().Kind() == reflect.Pointer && got.Len() == want.Len() {
		for i := range got.Len() {
			nameDifferences(t, fmt.Sprintf("%s[%d]", path, i), got.Index(i), want.Index(i))
		}
		return
	}
	if got.Kind() != reflect.Struct || got.Type() == reflect.TypeFor[time.Time]() {
		if got.CanInterface() && !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%s is %#v, want %#v", path, got, want)
		}
		return
	}
	for i := range got.NumField() {
		if field := got.Type().Field(i); field.IsExported() || field.Anonymous {
			nameDifferences(t, path+"."+field.Name, got.Field(i), want.Field(i))
		}
	}
}
