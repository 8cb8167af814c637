package httpjson

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/netip"
	"testing"

	"example.com/shop/domain/order"
	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
	"example.com/shop/kit/streamtest"
	"example.com/shop/ports"
)

// streams is a port whose streams are those of a test.
type streams struct {
	ports.Orders
	got      []any
	orders   func(context.Context) iter.Seq2[order.Order, error]
	lines    func(context.Context) iter.Seq2[order.Line, error]
	document func(context.Context) (io.ReadCloser, error)
	upload   func(context.Context, io.Reader) error
}

func (s *streams) Export(ctx context.Context, status *order.Status) iter.Seq2[order.Order, error] {
	s.got = []any{*status}
	return s.orders(ctx)
}

func (s *streams) Matching(ctx context.Context, id kit.UUID, like []order.Line) iter.Seq2[order.Line, error] {
	s.got = []any{id, like[0].Product}
	return s.lines(ctx)
}

func (s *streams) SetDocument(ctx context.Context, id kit.UUID, version int64, title string, r io.Reader) (order.Order, error) {
	s.got = []any{id, version, title}
	return order.Order{Details: order.Details{Address: netip.MustParseAddr("::1"), Status: order.StatusDraft}}, s.upload(ctx, r)
}

func (s *streams) Document(ctx context.Context, id kit.UUID) (io.ReadCloser, error) {
	s.got = []any{id}
	return s.document(ctx)
}

func (s *streams) Import(ctx context.Context, content io.Reader) error {
	s.got = []any{}
	return s.upload(ctx, content)
}

// over serves what a test offers, and returns a client.
func over(t *testing.T, s *streams) *OrdersClient {
	t.Helper()
	return NewOrdersClient(streamtest.Serve(t, func(server *httpserver.Server) { MountOrders(server, s) }))
}

func (s *streams) wants(t *testing.T, want ...any) {
	t.Helper()
	if len(s.got) != len(want) {
		t.Fatalf("called with %v, want %v", s.got, want)
	}
	for i := range want {
		if s.got[i] != want[i] {
			t.Errorf("called with %v, want %v", s.got, want)
		}
	}
}

func TestDerivedStreams(t *testing.T) {
	id := kit.NewUUID()
	status := order.StatusDraft
	t.Run("Export", func(t *testing.T) {
		sample := func(i int) order.Order {
			return order.Order{Details: order.Details{Customer: "ada\n", Address: netip.MustParseAddr("::1"), Status: status}, Version: int64(i)}
		}
		streamtest.Lines(t, sample, func(t *testing.T, offered streamtest.Sequence[order.Order]) streamtest.Sequence[order.Order] {
			s := &streams{orders: offered}
			c := over(t, s)
			return func(ctx context.Context) iter.Seq2[order.Order, error] {
				t.Cleanup(func() { s.wants(t, status) })
				return c.Export(ctx, &status)
			}
		})
	})
	t.Run("Matching", func(t *testing.T) {
		sample := func(i int) order.Line { return order.Line{Product: "shoe", Quantity: i} }
		streamtest.Lines(t, sample, func(t *testing.T, offered streamtest.Sequence[order.Line]) streamtest.Sequence[order.Line] {
			s := &streams{lines: offered}
			c := over(t, s)
			return func(ctx context.Context) iter.Seq2[order.Line, error] {
				t.Cleanup(func() { s.wants(t, id, "hat") })
				return c.Matching(ctx, id, []order.Line{{Product: "hat"}})
			}
		})
	})
	t.Run("Document", func(t *testing.T) {
		streamtest.Bytes(t, func(t *testing.T, offered streamtest.Download) streamtest.Download {
			s := &streams{document: offered}
			c := over(t, s)
			return func(ctx context.Context) (io.ReadCloser, error) {
				t.Cleanup(func() { s.wants(t, id) })
				return c.Document(ctx, id)
			}
		})
	})
	t.Run("Import", func(t *testing.T) {
		streamtest.Uploads(t, func(t *testing.T, offered streamtest.Upload) streamtest.Upload {
			return over(t, &streams{upload: offered}).Import
		})
	})
	t.Run("SetDocument", func(t *testing.T) {
		streamtest.Uploads(t, func(t *testing.T, offered streamtest.Upload) streamtest.Upload {
			s := &streams{upload: offered}
			c := over(t, s)
			return func(ctx context.Context, body io.Reader) error {
				t.Cleanup(func() { s.wants(t, id, int64(7), "a & b") })
				_, err := c.SetDocument(ctx, id, 7, "a & b", body)
				return err
			}
		})
		_, err := over(t, &streams{}).SetDocument(t.Context(), id, 0, "", bytes.NewReader(nil))
		if kit.CodeOf(err) != kit.Invalid {
			t.Errorf("without a version: %v", err)
		}
	})
}
