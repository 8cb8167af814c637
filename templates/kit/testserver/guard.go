package testserver

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go/log"
)

// The guard removes the containers of a test binary when that has ended: normally,
// by a panic, a time-out or SIGKILL. It is the same binary, started once more,
// which waits for the end of its standard input: a pipe that the operating system
// closes with the process at its other end. So it needs neither a TestMain nor an
// image, as Ryuk, Testcontainers' own reaper, does.
const (
	guardLabel    = "test-binary"           // of the containers
	guardVariable = "TEST_CONTAINERS_GUARD" // of the guard's environment: the label's value
)

func init() {
	_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	log.SetDefault(log.NewNoopLogger())
	if label := os.Getenv(guardVariable); label != "" {
		signal.Ignore() // it is to outlive what ends the test binary
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = removeAll(label) // nobody is left to be told
		os.Exit(0)
	}
}

type guard struct {
	label string
	stdin io.Closer // never closed, and referred to lest it be collected
}

// guarded starts the guard.
var guarded = sync.OnceValues(func() (guard, error) {
	self, err := os.Executable()
	if err != nil {
		return guard{}, err
	}
	label := rand.Text()
	cmd := exec.CommandContext(context.Background(), self) //nolint:gosec // it is this program
	cmd.Env = append(os.Environ(), guardVariable+"="+label)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return guard{}, err
	}
	return guard{label, stdin}, cmd.Start()
})

func removeAll(label string) error {
	return withDocker(patience, func(ctx context.Context, docker *client.Client) error {
		filters := client.Filters{}.Add("label", guardLabel+"="+label)
		found, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
		for _, c := range found.Items {
			err = errors.Join(err, remove(ctx, docker, c.ID))
		}
		return err
	})
}

func remove(ctx context.Context, docker *client.Client, id string) error {
	_, err := docker.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return err
}
