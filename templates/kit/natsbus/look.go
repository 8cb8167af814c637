package natsbus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/brokerbus"
)

// Look tries whether New would succeed, and changes nothing on the server. It returns
// what it found; the errors are those of New.
func Look(ctx context.Context, service string, groups []string, c Config) (found string, largest int, err error) {
	b, err := connect(ctx, service, c)
	if err != nil {
		return "", 0, err
	}
	defer b.conn.Close()
	c, largest = b.config, b.Capability().Largest
	for p := range partitions + 1 {
		want := b.groupsConfig()
		if p < partitions {
			want = b.streamConfig(p)
		}
		s, err := b.js.Stream(ctx, want.Name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return c.servers() + " answers; streams " + c.Stream + "_… are created when the service starts", largest, nil
		}
		if b.known = s; err == nil { // the last one is that of the groups
			err = suits(s.CachedInfo().Config, want)
		}
		if err != nil {
			return "", 0, c.explain(err)
		}
	}
	kept, err := b.Starts(ctx)
	if err != nil {
		return "", 0, c.explain(err)
	}
	found = c.servers() + " answers, and has the streams " + c.Stream + "_…"
	return brokerbus.Found(found, slices.Collect(maps.Keys(kept)), groups, func() (map[string]int, error) { return b.Waiting(ctx, nil) }), largest, nil
}

// affords returns an error if the limits of the account do not allow the streams that are
// yet to be made. Where servers are hosted, an account may have limits for each number of
// replicas.
func (b *server) affords(ctx context.Context, account *jetstream.AccountInfo) error {
	if b.config.Replicas > 1 && b.conn.ConnectedClusterName() == "" {
		return kit.Errorf(kit.Invalid, "NATS at %s is no cluster, and cannot keep %d replicas", b.config.servers(), b.config.Replicas)
	}
	tier := account.Tier
	if len(account.Tiers) > 0 {
		name := fmt.Sprintf("R%d", b.config.Replicas)
		var ok bool
		if tier, ok = account.Tiers[name]; !ok {
			return kit.Errorf(kit.Invalid, "NATS at %s has no %s streams for this account: use another number of replicas", b.config.servers(), name)
		}
	}
	limits := tier.Limits
	if limits.MaxStreams < 0 && !limits.MaxBytesRequired {
		return nil
	}
	missing, err := b.missing(ctx)
	switch {
	case err != nil || missing == 0:
		return err
	case limits.MaxBytesRequired:
		return kit.Errorf(kit.Invalid, "NATS at %s requires max_bytes of the streams of this account, "+
			"which would refuse events when one is full: unset max_bytes_required", b.config.servers())
	case limits.MaxStreams >= 0 && tier.Streams+missing > limits.MaxStreams:
		return kit.Errorf(kit.Invalid, "NATS at %s allows this account %d streams (max_streams), of which %d are used, and the bus needs %d more",
			b.config.servers(), limits.MaxStreams, tier.Streams, missing)
	}
	return nil
}

// missing returns how many of the streams are yet to be made.
func (b *server) missing(ctx context.Context) (int, error) {
	missing := partitions + 1 // with that of the leases
	names := b.js.StreamNames(ctx)
	for name := range names.Name() {
		if strings.HasPrefix(name, b.config.Stream+"_") {
			missing--
		}
	}
	return max(0, missing), names.Err()
}
