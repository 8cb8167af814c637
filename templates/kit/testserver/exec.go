package testserver

import (
	"context"
	"fmt"
	"strings"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"
)

// Exec runs a command beside the server and returns what it prints.
func (s *Server) Exec(command ...string) (output string) {
	s.t.Helper()
	output, err := s.exec(s.t.Context(), command)
	s.must("run "+strings.Join(command, " ")+" beside", err)
	return output
}

func (s *Server) exec(ctx context.Context, command []string) (string, error) {
	created, err := s.docker.ExecCreate(ctx, s.id, client.ExecCreateOptions{AttachStdout: true, AttachStderr: true, Cmd: command})
	if err != nil {
		return "", err
	}
	attached, err := s.docker.ExecAttach(ctx, created.ID, client.ExecAttachOptions{})
	if err != nil {
		return "", err
	}
	defer attached.Close()
	var output strings.Builder
	if _, err := stdcopy.StdCopy(&output, &output, attached.Reader); err != nil {
		return "", err
	}
	ended, err := s.docker.ExecInspect(ctx, created.ID, client.ExecInspectOptions{})
	if err == nil && ended.ExitCode != 0 {
		err = fmt.Errorf("it exited with code %d: %s", ended.ExitCode, output.String())
	}
	return output.String(), err
}
