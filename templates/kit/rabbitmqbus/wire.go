package rabbitmqbus

import (
	"context"
	"errors"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"
)

// wire is a connection on which nothing is written for longer than it has patience, and
// which knows why a client could not use it: the client itself only tells in words.
type wire struct {
	net.Conn
	patience time.Duration
	first    atomic.Int32 // the first byte that was received, and 256; 0 if there was none
	silent   atomic.Bool  // nothing came in time

	mu     sync.Mutex
	closes bool // there is a deadline to close it, which the client's heartbeats must not extend
}

// SetDeadline is called to close the connection; or, with zero, when it was opened.
func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closes = !t.IsZero()
	return w.Conn.SetDeadline(t)
}

// SetReadDeadline is called after each heartbeat.
func (w *wire) SetReadDeadline(t time.Time) error { return w.unlessCloses(w.Conn.SetReadDeadline, t) }

func (w *wire) unlessCloses(set func(time.Time) error, t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closes {
		return nil
	}
	return set(t)
}

func (w *wire) Read(data []byte) (int, error) {
	n, err := w.Conn.Read(data)
	if n > 0 && w.first.Load() == 0 {
		w.first.Store(256 + int32(data[0]))
	}
	if isTimeout(err) {
		w.silent.Store(true)
	}
	return n, err
}

func (w *wire) Write(data []byte) (int, error) {
	if err := w.unlessCloses(w.SetWriteDeadline, time.Now().Add(w.patience)); err != nil {
		return 0, err
	}
	return w.Conn.Write(data)
}

// explain returns an error of the client's with what is behind it. Who has the password
// wrong waits, too: then the client knows better.
func (w *wire) explain(err error, secure bool) error {
	const method, header = 256 + 1, 256 + 'A' // what servers of the protocol begin with
	switch first := w.first.Load(); {
	case errors.Is(err, amqp.ErrCredentials):
		return err
	case w.silent.Load() || errors.Is(err, context.DeadlineExceeded):
		return errors.Join(os.ErrDeadlineExceeded, err)
	case !secure && first != 0 && first != method && first != header:
		return errors.Join(amqp.ErrFrame, err)
	default:
		return err
	}
}
