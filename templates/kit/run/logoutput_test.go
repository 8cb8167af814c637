package run

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
)

// notedWrites is a writer that keeps what each call was given.
type notedWrites struct {
	mu    sync.Mutex
	calls []string
	more  chan struct{}
}

func (w *notedWrites) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls = append(w.calls, string(b))
	w.more <- struct{}{}
	return len(b), nil
}

func TestLogOutput(t *testing.T) {
	to := &notedWrites{more: make(chan struct{}, 10)}
	o := newLogOutput(Program{Stderr: to})
	late := o.late()
	print := func(w io.Writer, line string) {
		if n, err := fmt.Fprint(w, line); n != len(line) || err != nil {
			t.Errorf("wrote %d bytes of %q: %v", n, line, err)
		}
	}
	print(late, "a\n")
	print(late, "b\n")
	<-to.more // it comes without another word
	print(late, "c\n")
	print(o, "d\n")
	<-to.more
	<-to.more
	print(o, "e\n")
	if got, want := fmt.Sprintf("%q", to.calls), `["a\nb\n" "c\n" "d\n" "e\n"]`; got != want {
		t.Errorf("written %s, want %s", got, want)
	}
}

func TestLogOutputKeepsNoMoreThanItMay(t *testing.T) {
	var to bytes.Buffer
	o := newLogOutput(Program{Stderr: &to})
	line := strings.Repeat("x", lateLines/2)
	o.timer.Stop()
	for range 3 {
		if _, err := o.late().Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
		o.timer.Stop()
	}
	if to.Len() != 3*len(line) {
		t.Errorf("%d bytes are written, want %d", to.Len(), 3*len(line))
	}
}
