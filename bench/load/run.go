package load

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"golang.org/x/sys/unix"
)

// conn is a connection, with at most one request on its way.
type conn struct {
	fd     int
	answer []byte
	room   []byte    // what answer is read into
	due    time.Time // when the request should have been sent
	busy   bool
}

// runner sends and receives on all connections, from one goroutine.
type runner struct {
	plan  Plan
	poll  int
	conns map[int32]*conn
	idle  []*conn

	counting, until time.Time
	next            time.Time // when a request arrives, with a rate
	every           time.Duration
	tally           *tally
}

// Run sends requests until the time is over, and waits for those under way.
func Run(p Plan) (Report, error) {
	r := &runner{plan: p, conns: map[int32]*conn{}, tally: newTally()}
	defer r.close()
	if err := r.connect(); err != nil {
		return Report{}, err
	}
	began := time.Now()
	r.counting, r.next = began.Add(p.Warm), began
	r.until = r.counting.Add(p.Measured)
	if p.Rate > 0 {
		r.every = time.Duration(float64(time.Second) / p.Rate)
	}
	if err := r.run(); err != nil {
		return Report{}, err
	}
	return r.tally.result(p.Measured), nil
}

func (r *runner) connect() error {
	poll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return err
	}
	r.poll = poll
	to, err := net.ResolveTCPAddr("tcp4", r.plan.Addr)
	if err != nil {
		return err
	}
	if !to.IP.IsLoopback() {
		return fmt.Errorf("%s is not of this machine", r.plan.Addr)
	}
	for range r.plan.Connections {
		if err := r.open(to); err != nil {
			return fmt.Errorf("connection %d: %w", len(r.conns)+1, err)
		}
	}
	return nil
}

func (r *runner) open(to *net.TCPAddr) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	c := &conn{fd: fd, room: make([]byte, 0, 4096)}
	r.conns[int32(fd)] = c
	if err := unix.Connect(fd, &unix.SockaddrInet4{Port: to.Port, Addr: [4]byte(to.IP.To4())}); err != nil {
		return err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return err
	}
	if err := unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1); err != nil {
		return err
	}
	r.idle = append(r.idle, c)
	return unix.EpollCtl(r.poll, unix.EPOLL_CTL_ADD, fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)})
}

func (r *runner) close() {
	for _, c := range r.conns {
		_ = unix.Close(c.fd) // it has nothing to lose
	}
	_ = unix.Close(r.poll) // it has nothing to lose
}

// patience is how long the last answers may take.
const patience = 10 * time.Second

func (r *runner) run() error {
	events := make([]unix.EpollEvent, 256)
	for {
		now := time.Now()
		if now.After(r.until) && (len(r.idle) == len(r.conns) || now.After(r.until.Add(patience))) {
			return nil
		}
		if now.Before(r.until) {
			if err := r.send(now); err != nil {
				return err
			}
		}
		n, err := unix.EpollWait(r.poll, events, r.pause())
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		for _, e := range events[:max(n, 0)] {
			if err := r.receive(r.conns[e.Fd]); err != nil {
				return err
			}
		}
	}
}

// pause returns how many milliseconds to wait for answers. With a rate it is none: the
// core is the generator's own, and a millisecond is longer than most requests take.
func (r *runner) pause() int {
	if r.every > 0 {
		return 0
	}
	return 100
}

// send sends what is to be sent by now, on connections that are free.
func (r *runner) send(now time.Time) error {
	for len(r.idle) > 0 {
		due := now
		if r.every > 0 {
			if r.next.After(now) {
				return nil
			}
			due = r.next
			r.next = r.next.Add(r.every)
		}
		c := r.idle[0] // each in turn, so that all are used
		r.idle = r.idle[1:]
		if err := c.ask(r.plan.Next(), due); err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) ask(request []byte, due time.Time) error {
	c.due, c.answer, c.busy = due, c.room[:0], true
	n, err := unix.Write(c.fd, request)
	if err == nil && n < len(request) {
		err = io.ErrShortWrite
	}
	return err
}

func (r *runner) receive(c *conn) error {
	if cap(c.answer)-len(c.answer) < 4096 {
		c.answer = append(make([]byte, 0, 2*cap(c.answer)+4096), c.answer...)
		c.room = c.answer
	}
	n, err := unix.Read(c.fd, c.answer[len(c.answer):cap(c.answer)])
	switch {
	case errors.Is(err, unix.EAGAIN), errors.Is(err, unix.EINTR):
		return nil
	case err != nil:
		return err
	case n == 0:
		return fmt.Errorf("the server has closed a connection after %q", c.answer)
	}
	c.answer = c.answer[:len(c.answer)+n]
	if !isComplete(c.answer) {
		return nil
	}
	if !c.busy {
		return fmt.Errorf("an answer that nobody asked for: %q", c.answer)
	}
	c.busy = false
	r.idle = append(r.idle, c)
	r.tally.report.All++
	now := time.Now()
	at := now
	if r.every > 0 {
		at = c.due // what comes late counts most
	}
	if at.Before(r.counting) || at.After(r.until) {
		return nil
	}
	return r.tally.add(c.answer, now.Sub(c.due))
}
