package git

import (
	"context"
	"errors"
	"os/exec"

	"github.com/outgrowkit/outgrow/domain/plan"
)

// Committed returns what the last commit has of a file in dir, with LF line ends. It is nil
// if that commit does not have the file, and where there is no commit or no git.
func Committed(ctx context.Context, dir, name string) ([]byte, error) {
	out, err := gitCommand(ctx, dir, "cat-file", "blob", "HEAD:./"+name).Output()
	if _, failed := errors.AsType[*exec.ExitError](err); failed || errors.Is(err, exec.ErrNotFound) {
		return nil, ctx.Err()
	}
	return plan.LF(out), err
}
