package git

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"

	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/domain/conflict"
	"github.com/outgrowkit/outgrow/domain/plan"
)

// Unmerged returns the sides of the files in dir that have merge conflicts, by path
// relative to dir. Without git, or outside a checkout, there are none.
func Unmerged(ctx context.Context, dir string) (map[string]conflict.Sides, error) {
	listed, err := run(ctx, dir, "ls-files", "--unmerged", "-z")
	if err != nil || listed == "" {
		return nil, ctx.Err()
	}
	stages := stagesIn(listed)
	blobs, err := contents(ctx, dir, stages)
	if err != nil {
		return nil, err
	}
	sides := map[string]conflict.Sides{}
	for _, s := range stages {
		of := sides[s.path]
		of.Whole = true
		switch data := blobs[s.blob]; s.stage {
		case "1":
			of.Base = data
		case "2":
			of.Ours = data
		case "3":
			of.Theirs = data
		}
		sides[s.path] = of
	}
	return sides, nil
}

// stage is one side of a file in conflict.
type stage struct{ blob, stage, path string }

// stagesIn reads what git lists: "100644 BLOB STAGE\tPATH" each.
func stagesIn(listed string) []stage {
	var all []stage
	for entry := range strings.SplitSeq(listed, "\x00") {
		about, path, _ := strings.Cut(entry, "\t")
		if words := strings.Fields(about); len(words) == 3 {
			all = append(all, stage{words[1], words[2], path})
		}
	}
	return all
}

// contents returns the contents of blobs, with LF line ends.
func contents(ctx context.Context, dir string, stages []stage) (map[string][]byte, error) {
	wanted := map[string]bool{}
	for _, s := range stages {
		wanted[s.blob] = true
	}
	cmd := gitCommand(ctx, dir, "cat-file", "--batch")
	cmd.Stdin = strings.NewReader(strings.Join(slices.Sorted(maps.Keys(wanted)), "\n") + "\n")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git cannot show the files with merge conflicts: %w", err)
	}
	blobs := map[string][]byte{}
	for r := bufio.NewReader(bytes.NewReader(out)); ; {
		head, err := r.ReadString('\n')
		if err != nil {
			return blobs, nil //nolint:nilerr // all were read
		}
		var blob, kind string
		var size int
		if _, err := fmt.Sscan(head, &blob, &kind, &size); err != nil {
			continue // it is missing
		}
		data := make([]byte, size+1) // with the line end behind it
		if _, err := io.ReadFull(r, data); err != nil {
			return nil, err
		}
		blobs[blob] = plan.LF(data[:size])
	}
}
