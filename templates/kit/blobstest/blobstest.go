// Package blobstest is what all blobs must keep: Run for a driver, Shared for the processes
// that use the same blobs, and Faults for a driver whose server fails.
package blobstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// large is more than a driver sends at once, in bytes, and not a whole number of parts.
const large = 11<<20 + 17

// most is how large a blob of the suite may be, in bytes.
const most = 16 << 20

// test is one of the suite.
type test func(*testing.T, *blobs.Blobs, blobs.Driver)

var forAll = map[string]test{
	"WhatIsPutIsKept":     whatIsPutIsKept,
	"PutReplaces":         putReplaces,
	"AbsentIsNotFound":    absentIsNotFound,
	"PutIsAtomic":         putIsAtomic,
	"EndedPutsAreNot":     endedPutsAreNot,
	"TooLargeIsNot":       tooLargeIsNot,
	"OnlyIfAbsent":        onlyIfAbsent,
	"OnlyIfMatching":      onlyIfMatching,
	"OneOfManyPuts":       oneOfManyPuts,
	"ConditionalGet":      conditionalGet,
	"Ranges":              ranges,
	"ListWhileItChanges":  listWhileItChanges,
	"CopyIsWhole":         copyIsWhole,
	"SumsAreKept":         sumsAreKept,
	"ReadersGetOne":       readersGetOne,
	"Links":               links,
	"Answers":             answers,
	"ClosedIsUnavailable": closedIsUnavailable,
}

// Run tests a driver. open returns one with no blobs.
func Run(t *testing.T, open func(t *testing.T) blobs.Driver) {
	run(t, open, map[string]test{
		"ListIsWhole":   listIsWhole,
		"ListByPrefix":  listByPrefix,
		"NamesAreApart": namesAreApart,
		"DeleteRemoves": deleteRemoves,
	})
}

// RunTree is Run for a driver whose server keeps blobs in folders: none can be both a blob and
// the folder of others.
func RunTree(t *testing.T, open func(t *testing.T) blobs.Driver) {
	run(t, open, map[string]test{"FoldersAreNotBlobs": foldersAreNotBlobs})
}

func run(t *testing.T, open func(t *testing.T) blobs.Driver, more map[string]test) {
	tests := maps.Clone(forAll)
	maps.Copy(tests, more)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			test(t, Over(t, d), d)
		})
	}
}

// Over returns Blobs over a driver, which are closed after the test.
func Over(t testing.TB, d blobs.Driver) *blobs.Blobs {
	b := blobs.New(blobs.Config{MaxSize: most}, d)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// content returns some bytes, which are others for another seed.
func content(seed uint64, n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = source.Read(data)
	return data
}

func put(t *testing.T, b kit.Blobs, name string, data []byte, how kit.BlobPut) kit.Blob {
	t.Helper()
	blob, err := b.Put(t.Context(), name, bytes.NewReader(data), how)
	assert.NoError(t, err)
	return blob
}

// get returns a blob and what is read of it.
func get(ctx context.Context, b kit.Blobs, name string, what kit.BlobGet) (kit.Blob, []byte, error) {
	blob, body, err := b.Get(ctx, name, what)
	if err != nil {
		return blob, nil, err
	}
	if body == nil {
		return blob, nil, nil
	}
	data, err := io.ReadAll(body)
	return blob, data, errors.Join(err, body.Close())
}

func holds(t *testing.T, b kit.Blobs, name string, want []byte) kit.Blob {
	t.Helper()
	blob, data, err := get(t.Context(), b, name, kit.BlobGet{})
	assert.NoError(t, err)
	if !bytes.Equal(data, want) {
		t.Errorf("%s has %d bytes, %.20q, want %d, %.20q", name, len(data), data, len(want), want)
	}
	return blob
}

func isAbsent(t *testing.T, b kit.Blobs, name string) {
	t.Helper()
	_, err := b.Stat(t.Context(), name)
	assert.Code(t, err, kit.NotFound)
	names(t, b, name, 10)
}

// names fails the test unless there are those names, on pages of up to limit.
func names(t *testing.T, b kit.Blobs, prefix string, limit int, want ...string) {
	t.Helper()
	var got []string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		page, next, err := b.List(t.Context(), prefix, cursor, limit)
		assert.NoError(t, err)
		if len(page) > limit || pages > 100 {
			t.Fatalf("page %d has %d blobs, want at most %d", pages, len(page), limit)
		}
		for _, blob := range page {
			got = append(got, blob.Name)
		}
		cursor = next
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("pages of %d of %q have %q, want %q", limit, prefix, got, want)
	}
}

func answers(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	assert.NoError(t, b.Ping(t.Context()))
	put(t, b, "one", nil, kit.BlobPut{})
	assert.NoError(t, b.Ping(t.Context()))
	assert.NoError(t, b.Clean(t.Context()))
	names(t, b, "", 10, "one")
}

func closedIsUnavailable(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "one", []byte("a"), kit.BlobPut{})
	assert.NoError(t, b.Close())
	isUnavailable(t, b)
	assert.NoError(t, b.Close())
}

// isUnavailable shows that everything says so.
func isUnavailable(t *testing.T, b *blobs.Blobs) {
	t.Helper()
	_, err := b.Put(t.Context(), "one", strings.NewReader("b"), kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Put(t.Context(), "large", bytes.NewReader(content(1, large)), kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	_, _, err = get(t.Context(), b, "one", kit.BlobGet{})
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Stat(t.Context(), "one")
	assert.Code(t, err, kit.Unavailable)
	_, _, err = b.List(t.Context(), "", "", 10)
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Copy(t.Context(), "one", "other")
	assert.Code(t, err, kit.Unavailable)
	assert.Code(t, b.Delete(t.Context(), "one"), kit.Unavailable)
	assert.Code(t, b.Ping(t.Context()), kit.Unavailable)
}
