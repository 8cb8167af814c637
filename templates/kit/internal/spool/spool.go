// Package spool keeps payloads that wait: as many bytes as it may in memory, and the rest
// in a file.
package spool

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"
)

// Spool has a budget in bytes for the payloads that wait in memory, and another one of the
// same size for those that are open again. Its file has no name, and is gone with the
// process.
type Spool struct {
	budget int

	mu     sync.Mutex
	kept   int // bytes that wait in memory
	open   int // bytes that were read from the file
	room   chan struct{}
	file   *os.File
	used   []place // of the file, in order
	closed bool
}

// place is a part of the file.
type place struct{ at, size int64 }

// New returns a spool, which makes its file when it needs it.
func New(budget int) *Spool { return &Spool{budget: budget, room: make(chan struct{})} }

// Payload is one that waits.
type Payload struct {
	spool  *Spool
	bytes  []byte // unless it is in the file
	inFile bool
	place
}

// Keep keeps a payload. If it does not fit into memory and the file cannot be written, it
// is in memory all the same.
func (s *Spool) Keep(payload []byte) *Payload {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &Payload{spool: s, bytes: payload, place: place{size: int64(len(payload))}}
	if len(payload) > 0 && s.kept+len(payload) > s.budget && s.write(p) == nil { // nothing has no place of its own
		p.bytes, p.inFile = nil, true
	} else {
		s.kept += len(payload)
	}
	return p
}

var errClosed = errors.New("the spool is closed")

// write writes a payload to the file. It needs the lock.
func (s *Spool) write(p *Payload) (err error) {
	if s.closed {
		return errClosed
	}
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "events-*"); err != nil {
			s.file = nil
			return err
		}
		_ = os.Remove(s.file.Name()) // where files that are open keep their names, it is left behind
	}
	i := s.gap(p)
	if _, err := s.file.WriteAt(p.bytes, p.at); err != nil {
		return err
	}
	s.used = slices.Insert(s.used, i, p.place)
	return nil
}

// gap gives a payload the first place in the file where it fits, and returns how many others
// come before it.
func (s *Spool) gap(p *Payload) int {
	p.at = 0
	for i, other := range s.used {
		if other.at-p.at >= p.size {
			return i
		}
		p.at = other.at + other.size
	}
	return len(s.used)
}

// Open returns the payload. If it is in the file, it waits until it may be in memory, which
// one may always that is alone.
func (p *Payload) Open(ctx context.Context) ([]byte, error) {
	if !p.inFile {
		return p.bytes, nil
	}
	if err := p.spool.enter(ctx, int(p.size)); err != nil {
		return nil, err
	}
	payload := make([]byte, p.size)
	if _, err := p.spool.file.ReadAt(payload, p.at); err != nil {
		p.Close()
		return nil, err
	}
	return payload, nil
}

func (s *Spool) enter(ctx context.Context, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.open > 0 && s.open+n > s.budget {
		room := s.room
		s.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		s.mu.Lock()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	s.open += n
	return nil
}

// Close is called when what Open has returned is not used any more. It may be opened again.
func (p *Payload) Close() {
	if !p.inFile {
		return
	}
	p.spool.mu.Lock()
	defer p.spool.mu.Unlock()
	p.spool.open -= int(p.size)
	close(p.spool.room)
	p.spool.room = make(chan struct{})
}

// Free is called when the payload does not wait any more.
func (p *Payload) Free() {
	p.spool.mu.Lock()
	defer p.spool.mu.Unlock()
	if !p.inFile {
		p.spool.kept -= len(p.bytes)
		return
	}
	i, _ := slices.BinarySearchFunc(p.spool.used, p.at, func(one place, at int64) int { return int(one.at - at) })
	p.spool.used = slices.Delete(p.spool.used, i, i+1)
}

// Close gives back the file. No payload is used any more.
func (s *Spool) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	if s.file != nil {
		_ = s.file.Close() // nothing of it is needed
	}
}
