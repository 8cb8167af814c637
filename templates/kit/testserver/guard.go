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

// The guard removes the containers, networks and volumes of a test binary when that has ended, be
// it by a panic, a timeout or SIGKILL. It is another process of the same binary, which waits
// for the end of its standard input: a pipe that the operating system closes when the
// test binary ends. So it needs no TestMain, and no image, unlike Ryuk, the reaper of
// Testcontainers.
const (
	guardLabel    = "test-binary"           // of the containers
	guardVariable = "TEST_CONTAINERS_GUARD" // of the guard's environment: the label's value
)

func init() {
	_ = os.Setenv("TESTCONTAINERS_RYUK_DISABLED", "true")
	log.SetDefault(log.NewNoopLogger())
	if label := os.Getenv(guardVariable); label != "" {
		signal.Ignore() // it must outlive the test binary
		_, _ = io.Copy(io.Discard, os.Stdin)
		_ = removeAll(label) // there is nobody to report it to
		os.Exit(0)
	}
}

type guard struct {
	label string
	stdin io.Closer // never closed; kept, since the garbage collector would close it
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
	docker, err := docker()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	filters := client.Filters{}.Add("label", guardLabel+"="+label)
	found, err := docker.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: filters})
	for _, c := range found.Items {
		err = errors.Join(err, remove(ctx, docker, c.ID))
	}
	_, networks := docker.NetworkPrune(ctx, client.NetworkPruneOptions{Filters: filters})
	_, volumes := docker.VolumePrune(ctx, client.VolumePruneOptions{All: true, Filters: filters})
	return errors.Join(err, networks, volumes)
}

func remove(ctx context.Context, docker *client.Client, id string) error {
	_, err := docker.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	return err
}
