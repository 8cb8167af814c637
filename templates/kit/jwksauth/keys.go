// Package jwksauth has the keys of tokens from an address where their issuer publishes them,
// as identity providers do.
//
// They are asked for at the start, then now and again, and when a token names a key that is
// not known yet, so that the issuer can change its keys. Whoever makes up names of keys does
// not make the service ask more often than every few seconds. If the address is away, the
// keys that there are go on being used for a time.
package jwksauth

import (
	"context"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/auth"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

const (
	pause   = 5 * time.Second // between two requests, at least
	maxKeys = 1 << 20         // the size of the largest set, in bytes
)

// Keys is an auth.Driver that asks an address.
type Keys struct {
	config Config
	client *http.Client
	pause  time.Duration
	stop   context.CancelFunc
	work   sync.WaitGroup

	mu      sync.Mutex
	all     []jose.JSONWebKey
	at      time.Time       // when these were asked for
	tried   time.Time       // when the last request began
	err     error           // of the last request
	asking  chan struct{}   // closed when the present request has ended; nil without one
	stopped context.Context //nolint:containedctx // requests are for all callers, until Close
}

// New returns the keys of an address, which it asks in the background until Close. The error
// is Invalid if the configuration cannot be right; an address that is away is none.
func New(c Config) (*Keys, error) { return open(c, pause) }

func open(c Config, pause time.Duration) (*Keys, error) {
	c = c.filled()
	if !isAddress(c.URL) {
		return nil, kit.Errorf(kit.Invalid, "there is no URL of keys")
	}
	security, err := keyed.TLS(c.CAFile, "", "")
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = security
	k := &Keys{config: c, pause: pause, client: &http.Client{
		Transport: transport, Timeout: c.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	k.stopped, k.stop = context.WithCancel(context.Background())
	k.work.Go(k.refresh)
	return k, nil
}

// Keys returns the keys with the ID.
func (k *Keys) Keys(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	if found := k.known(id); len(found) > 0 {
		return found, nil
	}
	err := k.ask(ctx)
	if found := k.known(id); len(found) > 0 || err == nil {
		return found, nil
	}
	return nil, err
}

// known returns the keys with the ID, unless they are too old.
func (k *Keys) known(id string) []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	if time.Since(k.at) > k.config.MaxAge {
		return nil
	}
	return auth.WithID(k.all, id)
}

// Ping returns why the last request failed. If there was none, it makes it.
func (k *Keys) Ping(ctx context.Context) error {
	k.mu.Lock()
	asked, err := k.asking == nil && !k.tried.IsZero(), k.err
	k.mu.Unlock()
	if asked {
		return err
	}
	return k.ask(ctx)
}

// Close ends what is done in the background.
func (k *Keys) Close() error {
	k.mu.Lock() // whoever asks from now on is told so
	k.stop()
	k.mu.Unlock()
	k.work.Wait()
	k.client.CloseIdleConnections()
	return nil
}

// refresh asks now and again: soon after a failure.
func (k *Keys) refresh() {
	for k.stopped.Err() == nil {
		wait := k.config.Refresh
		if k.ask(k.stopped) != nil {
			wait = min(wait, max(2*k.pause, 10*time.Millisecond))
		}
		select {
		case <-time.After(wait):
		case <-k.stopped.Done():
		}
	}
}

// ask asks for the keys, or waits for who is asking. It does neither soon after the last
// time, and returns how that ended.
func (k *Keys) ask(ctx context.Context) error {
	k.mu.Lock()
	if k.asking == nil {
		if time.Since(k.tried) < k.pause || k.stopped.Err() != nil {
			defer k.mu.Unlock()
			return k.err
		}
		k.tried, k.asking = time.Now(), make(chan struct{})
		k.work.Go(k.fetch)
	}
	asking := k.asking
	k.mu.Unlock()
	select {
	case <-asking:
		k.mu.Lock()
		defer k.mu.Unlock()
		return k.err
	case <-ctx.Done():
		return kit.Wrap(kit.Unavailable, ctx.Err(), "the keys of tokens were not had in time")
	}
}

// fetch replaces the keys with those of the address.
func (k *Keys) fetch() {
	at := time.Now()
	all, err := k.download()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.err = err; err == nil {
		k.all, k.at = all, at
	}
	close(k.asking)
	k.asking = nil
}

// download returns the keys of the address. The error is Unavailable.
func (k *Keys) download() ([]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(k.stopped, http.MethodGet, k.config.URL, http.NoBody)
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the URL of keys is wrong")
	}
	got, err := k.client.Do(r)
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the address of keys does not answer")
	}
	defer func() { _ = got.Body.Close() }() // it was only read from
	if got.StatusCode != http.StatusOK {
		return nil, kit.Errorf(kit.Unavailable, "the address of keys answers %s", got.Status)
	}
	set, err := io.ReadAll(io.LimitReader(got.Body, maxKeys))
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the answer of the address of keys ended early")
	}
	keys, err := auth.Read(set)
	if err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the answer of the address of keys is no JWK Set that tokens can be checked with")
	}
	return keys, nil
}
