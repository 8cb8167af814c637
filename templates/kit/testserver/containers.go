// Package testserver runs real servers in containers, for tests. Only tests import it.
//
// Postgres and its like return a server that the tests of a package share. StartPostgres
// and its like start one for a single test, which can kill, restart and freeze it.
//
// It needs a Docker daemon on this machine. If none answers, a test that needs a
// server is skipped, or fails if TEST_CONTAINERS=required is set. TEST_CONTAINERS=off
// skips it in any case. TEST_POSTGRES_IMAGE and its like name images to use instead of
// the official ones.
//
// No container outlives the test binary, however that ends: see guard.go.
package testserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// patience is how long an image may take to be pulled and a server to answer.
const patience = 3 * time.Minute

// kind describes a kind of server.
type kind struct {
	official string                                              // image
	variable string                                              // of the environment, for another image
	port     string                                              // in the container, such as 80/tcp
	options  func(port int) []testcontainers.ContainerCustomizer // for the port on this machine
	url      string                                              // with %s for the address
	answers  func(ctx context.Context, s *Server) error
}

// Server is a server in a container. Its methods call t.Fatal if they fail, so they
// must be called by the goroutine of the test.
type Server struct {
	kind
	t       testing.TB // nil if it is shared
	docker  *client.Client
	id      string // of the container
	address string
}

// Addr returns the server's host:port, which stays the same during the test.
func (s *Server) Addr() string { return s.address }

// URL returns the URL for clients.
func (s *Server) URL() string { return fmt.Sprintf(s.url, s.address) }

// Kill kills the server's processes with SIGKILL, and returns when they are gone.
// Connections are refused from then on.
func (s *Server) Kill() {
	s.t.Helper()
	_, err := s.docker.ContainerKill(s.t.Context(), s.id, client.ContainerKillOptions{Signal: "KILL"})
	s.must("kill", err)
	ended := s.docker.ContainerWait(s.t.Context(), s.id, client.ContainerWaitOptions{})
	select {
	case <-ended.Result:
	case err := <-ended.Error:
		s.must("kill", err)
	}
}

// Stop has the server end by itself, as when its machine is shut down.
func (s *Server) Stop() {
	s.t.Helper()
	patience := 60 // seconds
	_, err := s.docker.ContainerStop(s.t.Context(), s.id, client.ContainerStopOptions{Timeout: &patience})
	s.must("stop", err)
}

// Start starts the server again after Kill or Stop, with the same data and address, and
// returns when it answers.
func (s *Server) Start() {
	s.t.Helper()
	_, err := s.docker.ContainerStart(s.t.Context(), s.id, client.ContainerStartOptions{})
	s.must("start", err)
	s.must("start", s.await(s.t.Context()))
}

// Freeze pauses the server's processes: connections are accepted, but nothing is
// answered.
func (s *Server) Freeze() {
	s.t.Helper()
	_, err := s.docker.ContainerPause(s.t.Context(), s.id, client.ContainerPauseOptions{})
	s.must("freeze", err)
}

// Thaw has the server's processes continue after Freeze.
func (s *Server) Thaw() {
	s.t.Helper()
	_, err := s.docker.ContainerUnpause(s.t.Context(), s.id, client.ContainerUnpauseOptions{})
	s.must("thaw", err)
}

// must ends the test if something could not be done. Tests may count goroutines, which
// the client's idle connections have.
func (s *Server) must(verb string, err error) {
	s.t.Helper()
	_ = s.docker.Close() // it closes idle connections, and always succeeds
	if err != nil {
		s.t.Fatalf("%s %s: %v", verb, s.official, err)
	}
}

// await returns when the server answers, or cannot any more.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		err := s.answers(attempt, s)
		cancel()
		if err == nil {
			return nil
		}
		found, inspectErr := s.docker.ContainerInspect(ctx, s.id, client.ContainerInspectOptions{})
		if inspectErr != nil {
			return errors.Join(fmt.Errorf("it does not answer: %w", err), inspectErr)
		}
		if state := found.Container.State; !state.Running {
			return fmt.Errorf("it exited with code %d %s; see docker logs of a container of its image %s",
				state.ExitCode, state.Error, found.Container.Config.Image)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// ask sends a question to the server and returns the beginning of what it answers, or
// of what it sends without one.
func (s *Server) ask(ctx context.Context, question string) (string, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.address)
	if err != nil {
		return "", err
	}
	defer conn.Close() //nolint:errcheck // there is an answer or not, as with the rest
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	_, _ = conn.Write([]byte(question))
	answer := make([]byte, 4096)
	n, err := conn.Read(answer)
	return string(answer[:n]), err
}

// own starts a server that is removed after the test.
func (k kind) own(t testing.TB, more ...testcontainers.ContainerCustomizer) *Server {
	t.Helper()
	s := started(t, func() (*Server, error) { return k.start(more...) })
	s.t = t
	t.Cleanup(func() { s.must("remove", remove(context.WithoutCancel(t.Context()), s.docker, s.id)) })
	return s
}

// started returns what start does, if there is a Docker daemon.
func started(t testing.TB, start func() (*Server, error)) *Server {
	t.Helper()
	needDocker(t)
	s, err := start()
	if err == nil {
		return s
	}
	if _, again := told.LoadOrStore(err, true); again {
		t.Skip("its server could not be started: see the first test that failed")
	}
	t.Fatal(err)
	return nil
}

// told are the errors of shared servers of which a test has told.
var told sync.Map

// start starts a server, with more options than its kind has, that is removed after the
// test binary has ended. If another process takes its port first, it tries another one.
func (k kind) start(more ...testcontainers.ContainerCustomizer) (*Server, error) {
	image := cmp.Or(os.Getenv(k.variable), k.official)
	for attempt := 1; ; attempt++ {
		s, err := k.startAt(freePort(), image, more)
		if err == nil {
			return s, nil
		}
		if attempt == 3 || !portTaken.MatchString(err.Error()) {
			return nil, fmt.Errorf("cannot run a container of %s (%s names another image): %w", image, k.variable, err)
		}
	}
}

var portTaken = regexp.MustCompile("port is already allocated|address already in use")

func (k kind) startAt(port int, image string, more []testcontainers.ContainerCustomizer) (*Server, error) {
	g, err := guarded()
	if err != nil {
		return nil, err
	}
	docker, err := docker()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	address := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), uint16(port))
	c, err := testcontainers.Run(ctx, image, append(append(k.options(port), more...),
		testcontainers.WithExposedPorts(k.port),
		testcontainers.WithLabels(map[string]string{guardLabel: g.label}),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.PortBindings = network.PortMap{network.MustParsePort(k.port): {{HostIP: address.Addr(), HostPort: strconv.Itoa(port)}}}
		}))...)
	if err == nil {
		s := &Server{kind: k, docker: docker, id: c.GetContainerID(), address: address.String()}
		if err = s.await(ctx); err == nil {
			return s, nil
		}
	}
	return nil, errors.Join(err, testcontainers.TerminateContainer(c))
}

// freePort returns a port below those that are used for outgoing connections, so
// that it is still free when a server that was killed is started again.
func freePort() int {
	for {
		port := 20000 + rand.IntN(10000)
		if l, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			_ = l.Close()
			return port
		}
	}
}

// docker returns a client of the daemon, or an error if none answers.
var docker = sync.OnceValues(func() (*client.Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, err := testcontainers.NewDockerClientWithOpts(ctx)
	if err != nil {
		return nil, err
	}
	return c.Client, nil
})

func needDocker(t testing.TB) {
	t.Helper()
	wanted := os.Getenv("TEST_CONTAINERS")
	if wanted == "off" {
		t.Skip("TEST_CONTAINERS=off")
	}
	_, err := docker()
	if err == nil {
		return
	}
	why := "needs a Docker daemon, and none answers: " + strings.ReplaceAll(err.Error(), "\n", "; ")
	if wanted == "required" {
		t.Fatal(why)
	}
	t.Skip(why)
}
