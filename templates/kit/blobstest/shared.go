package blobstest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// variable names what another process opens.
const variable = "BLOBS_OF_ANOTHER_PROCESS"

// counts is how often each process counts.
const counts = 30

// Shared shows that several processes use the same blobs: they count together, and no count
// is lost. open returns those at a place. Shared runs the test that calls it again in other
// processes of the test binary.
func Shared(t *testing.T, place func() string, open func(t *testing.T, place string) blobs.Driver) {
	if at := os.Getenv(variable); at != "" {
		count(t, Over(t, open(t, at)))
		return
	}
	at := place()
	b := Over(t, open(t, at))
	put(t, b, "count", []byte("0"), kit.BlobPut{})
	var others []*exec.Cmd
	for range 2 {
		cmd := exec.CommandContext(context.WithoutCancel(t.Context()), os.Args[0], "-test.run=^"+t.Name()+"$") //nolint:gosec // it is this program
		cmd.Env = append(os.Environ(), variable+"="+at)
		cmd.Stderr = os.Stderr
		assert.NoError(t, cmd.Start())
		others = append(others, cmd)
	}
	count(t, b)
	for _, cmd := range others {
		if err := cmd.Wait(); err != nil {
			t.Errorf("another process: %v", err)
		}
	}
	holds(t, b, "count", []byte(strconv.Itoa(counts*(1+len(others)))))
}

// count adds to the number in a blob, which others do, too.
func count(t *testing.T, b *blobs.Blobs) {
	for done := 0; done < counts; {
		blob, data, err := get(t.Context(), b, "count", kit.BlobGet{})
		assert.NoError(t, err)
		n, err := strconv.Atoi(string(data))
		assert.NoError(t, err)
		_, err = b.Put(t.Context(), "count", strings.NewReader(fmt.Sprint(n+1)), kit.BlobPut{IfMatch: blob.ETag})
		if err == nil {
			done++
		} else if kit.CodeOf(err) != kit.Conflict {
			t.Fatal(err)
		}
	}
}
