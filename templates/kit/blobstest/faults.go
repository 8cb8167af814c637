package blobstest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Server is one that a test can make fail.
type Server interface {
	Kill()
	Start()
	Freeze()
	Thaw()
}

// Faults shows that blobs whose server fails say that they are unavailable, in time, that
// they keep what was put, and that they recover alone. d is of the server, which nobody else
// uses, with a timeout of a second.
func Faults(t *testing.T, server Server, d blobs.Driver) {
	b := Over(t, d)
	Works(t, b)
	kept := content(1, large)
	put(t, b, "kept", kept, kit.BlobPut{})
	for _, fault := range []struct {
		name       string
		begin, end func()
	}{
		{"killed", server.Kill, server.Start},
		{"frozen", server.Freeze, server.Thaw},
	} {
		t.Run(fault.name, func(t *testing.T) {
			fault.begin()
			fails(t, b)
			fault.end()
			Works(t, b)
			holds(t, b, "kept", kept)
		})
		t.Run(fault.name+" meanwhile", func(t *testing.T) {
			meanwhile(t, b, fault.begin)
			fault.end()
			Works(t, b)
			isGone(t, b, "broken")
			holds(t, b, "kept", kept)
		})
	}
}

// Works waits until blobs are kept.
func Works(t *testing.T, b *blobs.Blobs) {
	t.Helper()
	var err error
	brokertest.Eventually(t, "blobs are kept", func() bool {
		if _, err = b.Put(t.Context(), "works", strings.NewReader("yes"), kit.BlobPut{}); err != nil {
			return false
		}
		_, data, readErr := get(t.Context(), b, "works", kit.BlobGet{})
		err = errors.Join(readErr, b.Ping(t.Context()), b.Delete(t.Context(), "works"))
		return err == nil && string(data) == "yes"
	})
}

// slow is how long a call may take while the server fails: its timeout, with room for a
// busy machine.
const slow = 10 * time.Second

// fails uses the blobs in all ways while they are away.
func fails(t *testing.T, b *blobs.Blobs) {
	t.Helper()
	began := time.Now()
	assert.Concurrently(8, func(int) { isUnavailable(t, b) })
	if took := time.Since(began); took > 8*slow {
		t.Errorf("eight calls, one after the other, took %v", took)
	}
	t.Logf("eight calls, one after the other, took %v", time.Since(began))
}

// meanwhile has the server fail while a blob is put, and while one is read.
func meanwhile(t *testing.T, b *blobs.Blobs, fail func()) {
	t.Helper()
	_, body, err := b.Get(t.Context(), "kept", kit.BlobGet{})
	assert.NoError(t, err)
	_, err = io.CopyN(io.Discard, body, 100)
	assert.NoError(t, err)
	source := &failing{data: content(2, large-1000), then: fail, err: nil}
	source.then = func() {
		fail()
		source.then, source.data, source.err = nil, content(3, 1000), io.EOF
	}
	_, err = b.Put(t.Context(), "broken", source, kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	if _, err := io.Copy(io.Discard, body); err != nil { // it may have been on its way already
		assert.Code(t, err, kit.Unavailable)
	}
	assert.NoError(t, body.Close())
}

// CutOff shows the same of a network that carries nothing any more, and of connections
// that end, on the way to the server at a URL.
func CutOff(t *testing.T, server string, open func(url string) blobs.Driver) {
	way := brokertest.NewProxy(t, server)
	b := Over(t, open(way.URL))
	Works(t, b)
	put(t, b, "kept", content(1, large), kit.BlobPut{})
	for name, fault := range map[string]func(){"frozen": func() { way.Frozen.Store(true) }, "cut": way.Cut} {
		t.Run(name, func(t *testing.T) {
			if name == "cut" {
				cutWhileReading(t, b, way.Cut)
			} else {
				fault()
				fails(t, b)
				meanwhileFrozen(t, b)
			}
			way.Frozen.Store(false)
			way.Cut()
			Works(t, b)
			holds(t, b, "kept", content(1, large))
		})
	}
}

// cutWhileReading ends the connection of a body.
func cutWhileReading(t *testing.T, b *blobs.Blobs, cut func()) {
	_, body, err := b.Get(t.Context(), "kept", kit.BlobGet{})
	assert.NoError(t, err)
	_, err = io.CopyN(io.Discard, body, 100)
	assert.NoError(t, err)
	cut()
	_, err = io.Copy(io.Discard, body)
	assert.Code(t, err, kit.Unavailable)
	assert.NoError(t, body.Close())
}

// meanwhileFrozen shows that whoever waits goes when its context ends.
func meanwhileFrozen(t *testing.T, b *blobs.Blobs) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := b.Put(ctx, "one", bytes.NewReader(content(1, 1000)), kit.BlobPut{})
		done <- err
	}()
	cancel()
	assert.Ended(t, <-done)
}

// Late shows that a server which is away at the start is used once it is there.
func Late(t *testing.T, server Server, open func() blobs.Driver) {
	server.Kill()
	b := Over(t, open())
	fails(t, b)
	server.Start()
	Works(t, b)
}
