package rabbitmqbus

import (
	"net"
	"sync"
	"time"
)

// wire is a connection on which nothing is written for longer than it has patience.
type wire struct {
	net.Conn
	patience time.Duration

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

func (w *wire) Write(data []byte) (int, error) {
	if err := w.unlessCloses(w.SetWriteDeadline, time.Now().Add(w.patience)); err != nil {
		return 0, err
	}
	return w.Conn.Write(data)
}
