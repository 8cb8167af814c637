package prove

import (
	"bufio"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

var (
	streamRows  = flag.Int("stream-rows", 20_000, "how many orders TestStreamsInLittleMemory imports and exports")
	streamBytes = flag.Int64("stream-bytes", 30_000_000, "how many bytes TestStreamsInLittleMemory sends each way, up to 1,073,741,824")
)

// streamPort are methods of Orders that are streams.
const streamPort = `	// Export returns all orders.
	Export(ctx context.Context) iter.Seq2[order.Order, error]
	// Forever returns an order again and again.
	Forever(ctx context.Context) iter.Seq2[order.Order, error]
	// Import makes an order for each line, and returns how many.
	Import(ctx context.Context, lines io.Reader) (int64, error)
	// Digest returns the SHA-256 of what is sent.
	Digest(ctx context.Context, content io.Reader) (string, error)
	// Zeros returns bytes.
	Zeros(ctx context.Context, size int64) (io.ReadCloser, error)
`

// streamUseCases implement them.
const streamUseCases = `package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
)

// Export returns all orders.
func (u *Orders) Export(ctx context.Context) iter.Seq2[order.Order, error] { return u.store.All(ctx) }

// Forever returns an order again and again.
func (u *Orders) Forever(context.Context) iter.Seq2[order.Order, error] {
	return func(yield func(order.Order, error) bool) {
		for yield(order.Order{}, nil) {
		}
	}
}

// Import makes an order for each line.
func (u *Orders) Import(ctx context.Context, lines io.Reader) (n int64, err error) {
	var batch []order.Order
	each := bufio.NewScanner(lines)
	for each.Scan() {
		o, err := order.New(kit.NewUUID(), order.Details{Customer: each.Text(), Total: n}, u.clock.Now())
		if err != nil {
			return n, err
		}
		n++
		if batch = append(batch, o); len(batch) == 1000 {
			if err := u.store.InsertMany(ctx, batch); err != nil {
				return n, err
			}
			batch = nil
		}
	}
	if err := each.Err(); err != nil {
		return n, err
	}
	return n, u.store.InsertMany(ctx, batch)
}

// Digest returns the SHA-256 of what is sent.
func (u *Orders) Digest(_ context.Context, content io.Reader) (string, error) {
	sum := sha256.New()
	_, err := io.Copy(sum, content)
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}

// Zeros returns bytes.
func (u *Orders) Zeros(_ context.Context, size int64) (io.ReadCloser, error) {
	return io.NopCloser(io.LimitReader(zeros{}, size)), nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
`

func shopWithStreams(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "streams", func(t *testing.T, folder string) project {
		p := scaffoldWith(t, folder, []string{"--with", "store=sqlite,postgres", "--with", "bus=channels"}, "order customer:string total:int64")
		p.edit(t, "ports/orders.go", "type Orders interface {\n", "type Orders interface {\n"+streamPort)
		p.edit(t, "ports/orders.go", "type OrderStore interface {\n", "type OrderStore interface {\n"+
			"\t// All returns all orders.\n\tAll(ctx context.Context) iter.Seq2[order.Order, error]\n"+
			"\t// InsertMany adds orders.\n\tInsertMany(ctx context.Context, all []order.Order, events ...kit.Event) error\n")
		p.edit(t, "ports/orders.go", "\t\"context\"\n", "\t\"context\"\n\t\"io\"\n\t\"iter\"\n")
		p.write(t, "app/streams.go", streamUseCases)
		p.run(t, outgrow, "generate")
		p.run(t, outgrow, "check")
		p.run(t, "go", "test", "./adapters/httpjson")
		return p
	})
}

// TestStreamsInLittleMemory imports and exports many orders, and sends many bytes each way,
// through a service on each store, and tells the most memory that it has used. What kill -9
// cuts off does not look whole.
func TestStreamsInLittleMemory(t *testing.T) {
	const most = 128 << 20
	p, addr := shopWithStreams(t), freeAddr(t)
	for adapter, variables := range map[string][]string{
		"sqlite": nil, "postgres": {"SHOP_STORE_ADAPTER=postgres", "SHOP_STORE_POSTGRES_DSN=" + testserver.Postgres(t)},
	} {
		s := startWith(t, variables, p.binary, t.TempDir(), addr)
		began := time.Now()
		lines := strings.NewReader(strings.Repeat("somebody\n", *streamRows))
		if got := s.stream(t, http.MethodPost, "/orders/import", lines); got != fmt.Sprint(*streamRows) {
			t.Errorf("%s: %s were imported", adapter, got)
		}
		imported := time.Since(began)
		began = time.Now()
		s.exports(t, *streamRows)
		exported := time.Since(began)
		sum := sha256.New()
		_, _ = io.Copy(sum, io.LimitReader(zeros{}, *streamBytes))
		if got := s.stream(t, http.MethodPost, "/orders/digest", io.LimitReader(zeros{}, *streamBytes)); got != fmt.Sprintf(`"%x"`, sum.Sum(nil)) {
			t.Errorf("%s: what was sent has another sum: %s", adapter, got)
		}
		if got := s.stream(t, http.MethodGet, fmt.Sprint("/orders/zeros?size=", *streamBytes), nil); int64(len(got)) != *streamBytes {
			t.Errorf("%s: %d bytes came", adapter, len(got))
		}
		peak := peakMemory(t, s.cmd.Process.Pid)
		fmt.Printf("%d orders in and out, %d bytes each way, on %s: peak memory %d MiB, in %.1f s, out %.1f s\n",
			*streamRows, *streamBytes, adapter, peak>>20, imported.Seconds(), exported.Seconds())
		if peak > most {
			t.Errorf("%s: %d bytes of memory", adapter, peak)
		}
		s.killedInAStream(t)
	}
}

// stream sends a body, and returns the answer, which must be a success.
func (s *service) stream(t *testing.T, method, path string, body io.Reader) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.url+path, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %d %.200s %v\n%s", method, path, answer.StatusCode, text, err, s.lately())
	}
	return string(text)
}

// exports reads all orders, of which there must be so many.
func (s *service) exports(t *testing.T, want int) {
	t.Helper()
	answer, err := http.Get(s.url + "/orders/export")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	n := 0
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if n++; !strings.HasPrefix(lines.Text(), `{"id":"`) {
			t.Fatalf("the line %d is %s", n, lines.Text())
		}
	}
	if lines.Err() != nil || n != want {
		t.Errorf("%d lines came, and then %v", n, lines.Err())
	}
}

// killedInAStream kills the service when a part of a sequence has come.
func (s *service) killedInAStream(t *testing.T) {
	t.Helper()
	answer, err := http.Get(s.url + "/orders/forever")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	if _, err := answer.Body.Read(make([]byte, 100)); err != nil {
		t.Fatal(err)
	}
	s.kill()
	if n, err := io.Copy(io.Discard, answer.Body); err == nil {
		t.Errorf("what was cut off after %d bytes looks whole", n)
	}
}
