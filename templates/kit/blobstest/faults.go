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
	"github.com/outgrowkit/outgrow/templates/kit/internal/drivertest"
)

// Faults shows that blobs whose server fails say that they are unavailable, in time, that
// they keep what was put, and that they recover alone. Both drivers are for the same blobs of
// the server, which nobody else uses: d has a timeout of a second, which a busy machine may
// exceed at any time, and patient one that it does not.
func Faults(t *testing.T, server drivertest.Server, d, patient blobs.Driver) {
	b, sure := Over(t, d), Over(t, patient)
	kept := content(1, large)
	put(t, sure, "kept", kept, kit.BlobPut{})
	Works(t, b)
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
			holds(t, sure, "kept", kept)
		})
		t.Run(fault.name+" meanwhile", func(t *testing.T) {
			meanwhile(t, b, fault.begin)
			fault.end()
			Works(t, b)
			isGone(t, sure, "broken")
			holds(t, sure, "kept", kept)
		})
	}
}

// patience is how long Works waits: a server may look only once a minute whether there is
// room again.
const patience = 5 * time.Minute

// Works waits until blobs are kept.
func Works(t *testing.T, b *blobs.Blobs) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		_, err := b.Put(t.Context(), "works", strings.NewReader("yes"), kit.BlobPut{})
		if err == nil {
			_, data, readErr := get(t.Context(), b, "works", kit.BlobGet{})
			err = errors.Join(readErr, b.Ping(t.Context()), b.Delete(t.Context(), "works"))
			if err == nil && string(data) == "yes" {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("no blobs are kept after %v: %v", patience, err)
		}
	}
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
	body := begun(t, b)
	source := &failing{data: content(2, large-1000)}
	source.then = func() {
		fail()
		source.then, source.data, source.err = nil, content(3, 1000), io.EOF
	}
	_, err := b.Put(t.Context(), "broken", source, kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	if source.then != nil { // it took too long before
		fail()
	}
	if _, err := io.Copy(io.Discard, body); err != nil { // it may have been on its way already
		assert.Code(t, err, kit.Unavailable)
	}
	assert.NoError(t, body.Close())
}

// begun returns the body of a blob of which a part was read.
func begun(t *testing.T, b *blobs.Blobs) io.ReadCloser {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		_, body, err := b.Get(t.Context(), "kept", kit.BlobGet{})
		if err == nil {
			if _, err = io.CopyN(io.Discard, body, 100); err == nil {
				return body
			}
			_ = body.Close()
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// CutOff shows the same of a network that carries nothing any more, and of connections
// that end, on the way to the server at a URL. patient goes there directly.
func CutOff(t *testing.T, server string, open func(url string) blobs.Driver, patient blobs.Driver) {
	way := brokertest.NewProxy(t, server)
	b, sure := Over(t, open(way.URL)), Over(t, patient)
	put(t, sure, "kept", content(1, large), kit.BlobPut{})
	Works(t, b)
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
			holds(t, sure, "kept", content(1, large))
		})
	}
}

// cutWhileReading ends the connection of a body.
func cutWhileReading(t *testing.T, b *blobs.Blobs, cut func()) {
	body := begun(t, b)
	cut()
	_, err := io.Copy(io.Discard, body)
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
func Late(t *testing.T, server drivertest.Server, open func() blobs.Driver) {
	server.Kill()
	b := Over(t, open())
	fails(t, b)
	server.Start()
	Works(t, b)
}

// Full has no room for a blob: that is told, nothing of it is there, what there was is still
// served, and blobs are kept again when there is room.
func Full(t *testing.T, d blobs.Driver, fill, free func()) {
	b := Over(t, d)
	Works(t, b)
	put(t, b, "kept", content(1, 1000), kit.BlobPut{})
	fill()
	_, err := b.Put(t.Context(), "large", bytes.NewReader(content(2, large)), kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	isGone(t, b, "large")
	holds(t, b, "kept", content(1, 1000))
	free()
	Works(t, b)
	holds(t, b, "kept", content(1, 1000))
}
