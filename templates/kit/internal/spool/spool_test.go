package spool_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/outgrowkit/outgrow/templates/kit/internal/spool"
)

// TestPayloadsSurvive shows that payloads of all sizes are as they were, whichever of them
// are freed before others come.
func TestPayloadsSurvive(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := spool.New(1000)
	defer s.Close()
	random := rand.New(rand.NewPCG(1, 2))
	type one struct {
		*spool.Payload
		want []byte
	}
	var all []one
	for n := range 5000 {
		want := bytes.Repeat([]byte{byte(n)}, random.IntN(400))
		all = append(all, one{s.Keep(bytes.Clone(want)), want})
		for len(all) > 50 || n == 4999 && len(all) > 0 {
			i := random.IntN(len(all))
			got, err := all[i].Open(t.Context())
			if err != nil || !bytes.Equal(got, all[i].want) {
				t.Fatalf("payload %d: %d bytes, %v; want %d", n, len(got), err, len(all[i].want))
			}
			all[i].Close()
			all[i].Free()
			all[i] = all[len(all)-1]
			all = all[:len(all)-1]
		}
	}
}

// TestBudget shows that payloads of the file are opened as there is room, and one that is
// larger than that when it is alone.
func TestBudget(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	synctest.Test(t, func(t *testing.T) {
		s := spool.New(100)
		defer s.Close()
		s.Keep(make([]byte, 100))
		first, large := s.Keep(make([]byte, 60)), s.Keep(make([]byte, 200))
		if _, err := first.Open(t.Context()); err != nil {
			t.Fatal(err)
		}
		ended, end := context.WithCancel(t.Context())
		end()
		if _, err := large.Open(ended); !errors.Is(err, context.Canceled) {
			t.Errorf("opened without room: %v", err)
		}
		opened := make(chan error)
		go func() {
			_, err := large.Open(t.Context())
			opened <- err
		}()
		synctest.Wait()
		select {
		case err := <-opened:
			t.Errorf("opened without room: %v", err)
		default:
		}
		first.Close()
		if err := <-opened; err != nil {
			t.Error(err)
		}
	})
}

// TestNoFile shows that payloads are in memory where no file can be written, and when the
// spool is closed.
func TestNoFile(t *testing.T) {
	t.Setenv("TMPDIR", "/nowhere")
	s := spool.New(1)
	for range 2 {
		if got, err := s.Keep([]byte("text")).Open(t.Context()); err != nil || string(got) != "text" {
			t.Errorf("%q, %v", got, err)
		}
		s.Close()
	}
}
