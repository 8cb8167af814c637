// Package valuetest finds values to test with of types that accept only some: those that read
// themselves from text, and those that a constructor makes.
package valuetest

import (
	"encoding"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

const (
	enough = 8      // different values
	most   = 30_000 // guesses
)

// Parsed returns the ith of the values of a type that reads itself from text: of those that
// are known, and of those that it reads from texts that are guessed. The test fails if there
// is none that is read as it was written.
func Parsed[T any, P interface {
	*T
	encoding.TextMarshaler
	encoding.TextUnmarshaler
}](t testing.TB, known ...T) func(i int) T {
	t.Helper()
	parse := func(text []byte) (v T, err error) {
		err = P(&v).UnmarshalText(text)
		return v, err
	}
	again := func(v T) (T, error) {
		text, err := P(&v).MarshalText()
		if err != nil {
			return v, err
		}
		return parse(text)
	}
	return Made(t, func(g *Guess) (T, error) { return parse([]byte(Text[string](g))) }, again, known...)
}

// Made returns the ith of the values of a type that has a constructor: of those that are
// known, and of those that it makes of what is guessed. again makes a value once more, of
// what its methods return. The test fails if there is none of which it makes the same.
func Made[T any](t testing.TB, guess func(*Guess) (T, error), again func(T) (T, error), known ...T) func(i int) T {
	t.Helper()
	s := search[T]{again: again}
	for _, v := range known {
		s.try(v, nil)
	}
	g := &Guess{random: rand.New(rand.NewPCG(1, 2))}
	for g.N = 0; g.N < most && len(s.found) < enough; g.N++ {
		s.try(guess(g))
	}
	if len(s.found) == 0 {
		s.found = s.zeros
	}
	if len(s.found) == 0 {
		t.Fatalf("there is no %s to test with: it refuses all that was guessed, at last with: %v\n"+
			"declare one as an exported variable or constant in its package, or in another below domain/: tests take those",
			reflect.TypeFor[T](), s.err)
	}
	return func(i int) T {
		v, _ := again(s.found[i%len(s.found)]) // it made the same before
		return v
	}
}

// search is a search for values.
type search[T any] struct {
	again        func(T) (T, error)
	found, zeros []T
	err          error // of the last that was refused
}

// try keeps a value that is valid, and not like another one.
func (s *search[T]) try(v T, err error) {
	if err != nil {
		s.err = err
		return
	}
	same, err := s.again(v)
	switch {
	case err != nil:
		s.err = err
	case !reflect.DeepEqual(same, v):
		s.err = fmt.Errorf("of %+v comes %+v when it is made again", v, same)
	case reflect.ValueOf(v).IsZero():
		s.zeros = []T{v}
	case !slices.ContainsFunc(s.found, func(other T) bool { return reflect.DeepEqual(other, v) }):
		s.found = append(s.found, v)
	}
}
