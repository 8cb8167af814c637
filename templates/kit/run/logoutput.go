package run

import (
	"io"
	"sync"
	"time"
)

const (
	// lateLine is how long a line about a request may wait to be written with others.
	lateLine = 10 * time.Millisecond
	// lateLines is how many bytes of them wait at most.
	lateLines = 32 << 10
)

// logOutput is where the log goes. What is written to it is written at once; what is
// written late, by writers that late returns, waits a moment for others, so that not
// each request is a call of the system: that costs as much as a tenth of the request.
// All lines stay in order. What ends the process with no word may take the last
// moment's late lines with it.
type logOutput struct {
	to io.Writer

	mu      sync.Mutex
	waiting []byte
	timer   *time.Timer
}

func newLogOutput(p Program) *logOutput {
	o := &logOutput{to: p.Stderr}
	o.timer = time.AfterFunc(lateLine, o.flush)
	return o
}

// Write writes a line at once, after those that have waited.
func (o *logOutput) Write(line []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write()
	return o.to.Write(line)
}

func (o *logOutput) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.write()
}

// write writes what has waited. A log that cannot be written has nowhere to say so.
func (o *logOutput) write() {
	if len(o.waiting) > 0 {
		_, _ = o.to.Write(o.waiting)
		o.waiting = o.waiting[:0]
	}
}

// late returns the writer of lines that may wait.
func (o *logOutput) late() io.Writer { return lateOutput{o} }

type lateOutput struct{ *logOutput }

// Write keeps a line to be written soon.
func (l lateOutput) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == 0 {
		l.timer.Reset(lateLine)
	}
	l.waiting = append(l.waiting, line...)
	if len(l.waiting) > lateLines {
		l.write()
	}
	return len(line), nil
}
