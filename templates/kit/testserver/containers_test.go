package testserver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
)

// starters start a server of each kind that there is.
var starters []func(testing.TB) *Server

// TestContainersEndWithAKilledTestBinary kills a test binary that has servers in a network.
func TestContainersEndWithAKilledTestBinary(t *testing.T) {
	needDocker(t)
	victim := self(t, "TestVictim", "TEST_CONTAINERS_VICTIM=1")
	out, err := victim.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Start(); err != nil {
		t.Fatal(err)
	}
	var id string
	for lines := bufio.NewScanner(out); id == "" && lines.Scan(); {
		if after, ok := strings.CutPrefix(lines.Text(), "victim "); ok {
			id = after
		}
	}
	daemon, err := docker()
	if err != nil {
		t.Fatal(err)
	}
	found, err := daemon.ContainerInspect(t.Context(), id, client.ContainerInspectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = victim.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for err == nil {
		_, err = daemon.ContainerInspect(ctx, id, client.ContainerInspectOptions{})
	}
	if !strings.Contains(err.Error(), "No such container") {
		t.Errorf("container %s: %v", id, err)
	}
	for err = nil; err == nil; {
		_, err = daemon.NetworkInspect(ctx, string(found.Container.HostConfig.NetworkMode), client.NetworkInspectOptions{})
	}
	if ctx.Err() != nil {
		t.Errorf("its network is there: %v", err)
	}
}

func TestWithoutADaemon(t *testing.T) {
	for _, test := range []struct{ required, says string }{
		{"", "--- SKIP"},
		{"required", "--- FAIL"},
	} {
		out, err := self(t, "TestNoDaemon", "TEST_CONTAINERS="+test.required, "TEST_CONTAINERS_VICTIM=1").CombinedOutput()
		said := strings.Contains(string(out), test.says) && strings.Contains(string(out), "needs a Docker daemon, and none answers: refused; twice\n")
		if !said || (err == nil) != (test.required == "") {
			t.Errorf("TEST_CONTAINERS=%s: %v, %s", test.required, err, out)
		}
	}
}

// What follows is run by the tests above alone, in a process of its own.

func TestVictim(t *testing.T) {
	if os.Getenv("TEST_CONTAINERS_VICTIM") != "" {
		fmt.Println("victim", StartNATSCluster(t)[0].id)
		select {}
	}
}

func TestNoDaemon(t *testing.T) {
	if os.Getenv("TEST_CONTAINERS_VICTIM") != "" {
		docker = func() (*client.Client, error) { return nil, errors.New("refused\ntwice") }
		starters[0](t)
	}
}

// self is this test binary, to run one test.
func self(t *testing.T, test string, env ...string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), env...)
	return cmd
}
