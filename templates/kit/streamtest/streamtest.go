// Package streamtest is the conformance suite of methods that take or return streams, and
// are called over a network.
package streamtest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"iter"
	"log/slog"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/httpserver"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// Serve serves what mount adds to a server until the test ends, and returns a caller of it.
func Serve(t *testing.T, mount func(*httpserver.Server)) *httpserver.Caller {
	t.Helper()
	s, err := httpserver.New(httpserver.Config{}, httpserver.Deps{Log: slog.New(slog.DiscardHandler)})
	assert.NoError(t, err)
	mount(s)
	served := httptest.NewServer(s)
	t.Cleanup(served.Close)
	c, err := httpserver.NewCaller(served.URL, nil)
	assert.NoError(t, err)
	return c
}

// failed is what methods fail with.
var failed = kit.Errorf(kit.Conflict, "there is another one")

// Sequence is a method that returns a sequence.
type Sequence[T any] func(ctx context.Context) iter.Seq2[T, error]

// Lines tests a method that returns a sequence. over returns what calls the method that it
// gets, in a service.
func Lines[T any](t *testing.T, sample func(i int) T, over func(t *testing.T, offered Sequence[T]) Sequence[T]) {
	yields := func(n int, end error) Sequence[T] {
		return func(context.Context) iter.Seq2[T, error] {
			return func(yield func(T, error) bool) {
				for i := range n {
					if !yield(sample(i), nil) {
						return
					}
				}
				if end != nil {
					yield(*new(T), end)
				}
			}
		}
	}
	t.Run("All", func(t *testing.T) {
		for _, n := range []int{0, 1, 1000} {
			called := over(t, yields(n, nil))
			for range 2 { // a sequence can be iterated again
				receives(t, called(t.Context()), sample, n, "")
			}
		}
	})
	t.Run("FailsAtOnce", func(t *testing.T) {
		receives(t, over(t, yields(0, failed))(t.Context()), sample, 0, failed.Code)
	})
	t.Run("FailsLater", func(t *testing.T) {
		for _, n := range []int{1, 1000} {
			receives(t, over(t, yields(n, failed))(t.Context()), sample, n, failed.Code)
		}
	})
	t.Run("Panics", func(t *testing.T) {
		called := over(t, func(context.Context) iter.Seq2[T, error] {
			return func(yield func(T, error) bool) {
				yield(sample(0), nil)
				panic("for a test")
			}
		})
		for v, err := range called(t.Context()) {
			if err == nil && !reflect.DeepEqual(v, sample(0)) {
				t.Errorf("got %v", v)
			}
			if err != nil {
				isError(t, err)
				return
			}
		}
		t.Error("a sequence that panics looks whole")
	})
	t.Run("AsTheyCome", func(t *testing.T) { asTheyCome(t, sample, over) })
	t.Run("Stops", func(t *testing.T) { stops(t, sample, over) })
}

// receives fails the test unless a sequence has n elements, and then an error with the code,
// if there is one.
func receives[T any](t *testing.T, sequence iter.Seq2[T, error], sample func(i int) T, n int, code kit.Code) {
	t.Helper()
	i := 0
	var end error
	for v, err := range sequence {
		if end != nil {
			t.Fatalf("there is %v, %v after the error %v", v, err, end)
		}
		if end = err; err != nil {
			continue
		}
		if !reflect.DeepEqual(v, sample(i)) {
			t.Fatalf("the element %d is %+v, want %+v", i, v, sample(i))
		}
		i++
	}
	if i != n {
		t.Errorf("there are %d elements, want %d", i, n)
	}
	if assert.Code(t, end, code); end != nil {
		isError(t, end)
	}
}

// isError fails the test unless there is a *kit.Error in the tree of an error.
func isError(t *testing.T, err error) {
	t.Helper()
	if _, ok := errors.AsType[*kit.Error](err); !ok {
		t.Errorf("the error %v is no kit.Error", err)
	}
}

// asTheyCome tests that each element arrives before there is another one.
func asTheyCome[T any](t *testing.T, sample func(i int) T, over func(t *testing.T, offered Sequence[T]) Sequence[T]) {
	next := make(chan struct{}, 1)
	called := over(t, func(ctx context.Context) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			for i := range 5 {
				if !yield(sample(i), nil) {
					return
				}
				select {
				case <-next:
				case <-ctx.Done():
					return
				}
			}
		}
	})
	n := 0
	for _, err := range called(t.Context()) {
		assert.NoError(t, err)
		n++
		next <- struct{}{}
	}
	if n != 5 {
		t.Errorf("%d elements came, want 5", n)
	}
}

// stops tests that a sequence ends in the service when its caller stops, and when its context
// ends.
func stops[T any](t *testing.T, sample func(i int) T, over func(t *testing.T, offered Sequence[T]) Sequence[T]) {
	ended := make(chan struct{}, 1)
	called := over(t, func(ctx context.Context) iter.Seq2[T, error] {
		return func(yield func(T, error) bool) {
			defer func() { ended <- struct{}{} }()
			yield(sample(0), nil)
			<-ctx.Done()
		}
	})
	for _, err := range called(t.Context()) {
		assert.NoError(t, err)
		break
	}
	<-ended
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var end error
	for _, err := range called(ctx) {
		end = err
		cancel()
	}
	<-ended
	assert.Ended(t, end)
}

// Download is a method that returns bytes.
type Download func(ctx context.Context) (io.ReadCloser, error)

// source is what a service returns.
type source struct {
	io.Reader
	closed chan struct{}
}

func (s source) Close() error {
	close(s.closed)
	return nil
}

// failing fails once it has been read.
type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, failed }

// text is more than is sent at once.
var text = bytes.Repeat([]byte("0123456789abcdef"), 1<<14)

// Bytes tests a method that returns bytes. over returns what calls the method that it gets,
// in a service.
func Bytes(t *testing.T, over func(t *testing.T, offered Download) Download) {
	serves := func(t *testing.T, r io.Reader) (Download, chan struct{}) {
		closed := make(chan struct{})
		return over(t, func(context.Context) (io.ReadCloser, error) { return source{r, closed}, nil }), closed
	}
	t.Run("All", func(t *testing.T) {
		for _, n := range []int{0, 1, len(text)} {
			called, closed := serves(t, bytes.NewReader(text[:n]))
			r, err := called(t.Context())
			assert.NoError(t, err)
			got, err := io.ReadAll(r)
			assert.NoError(t, err)
			assert.NoError(t, r.Close())
			if !bytes.Equal(got, text[:n]) {
				t.Errorf("%d bytes came, which are not the %d that were sent", len(got), n)
			}
			<-closed
		}
	})
	t.Run("FailsAtOnce", func(t *testing.T) {
		called := over(t, func(context.Context) (io.ReadCloser, error) { return nil, failed })
		_, err := called(t.Context())
		assert.Code(t, err, failed.Code)
		called, _ = serves(t, failing{})
		_, err = called(t.Context())
		assert.Code(t, err, failed.Code)
	})
	t.Run("FailsLater", func(t *testing.T) {
		called, closed := serves(t, io.MultiReader(bytes.NewReader(text), failing{}))
		r, err := called(t.Context())
		assert.NoError(t, err)
		defer r.Close() //nolint:errcheck // it is only read
		got, err := io.ReadAll(r)
		if err == nil {
			t.Errorf("%d bytes look like all", len(got))
		} else {
			isError(t, err)
		}
		<-closed
	})
	t.Run("AsTheyCome", func(t *testing.T) {
		body, in := io.Pipe()
		called, closed := serves(t, body)
		go func() { _, _ = in.Write(text[:1]) }() // it is read, or the test fails
		r, err := called(t.Context())
		assert.NoError(t, err)
		for i := range 3 {
			_, err := io.ReadFull(r, make([]byte, 1))
			assert.NoError(t, err)
			if i < 2 {
				_, err = in.Write(text[:1])
				assert.NoError(t, err)
			}
		}
		assert.NoError(t, r.Close())
		_ = in.CloseWithError(failed)
		<-closed
	})
}

// Upload is a method that takes bytes.
type Upload func(ctx context.Context, body io.Reader) error

// Uploads tests a method that takes bytes. over returns what calls the method that it gets, in
// a service.
func Uploads(t *testing.T, over func(t *testing.T, offered Upload) Upload) {
	t.Run("All", func(t *testing.T) {
		var got []byte
		called := over(t, func(_ context.Context, body io.Reader) (err error) {
			got, err = io.ReadAll(body)
			return err
		})
		for _, n := range []int{0, 1, len(text)} {
			for _, body := range []io.Reader{bytes.NewReader(text[:n]), io.MultiReader(bytes.NewReader(text[:n]))} {
				assert.NoError(t, called(t.Context(), body))
				if !bytes.Equal(got, text[:n]) {
					t.Errorf("%d bytes came, which are not the %d that were sent", len(got), n)
				}
			}
		}
	})
	t.Run("Fails", func(t *testing.T) {
		called := over(t, func(_ context.Context, body io.Reader) error {
			_, _ = body.Read(make([]byte, 1))
			return failed
		})
		err := called(t.Context(), bytes.NewReader(text[:100]))
		assert.Code(t, err, failed.Code)
	})
	t.Run("EndsEarly", func(t *testing.T) {
		read := make(chan error, 1)
		called := over(t, func(_ context.Context, body io.Reader) error {
			_, err := io.Copy(io.Discard, body)
			read <- err
			return err
		})
		err := called(t.Context(), io.MultiReader(bytes.NewReader(text), failing{}))
		if err == nil {
			t.Error("half of an upload is accepted")
		} else {
			isError(t, err)
		}
		if err := <-read; err == nil {
			t.Error("half of an upload looks like all")
		}
	})
}
