package kafkabus

import (
	"context"
	"sync"

	"github.com/twmb/franz-go/pkg/kgo"
)

// reader fetches records for leases. One goroutine fetches, and changes what is fetched
// between fetches: so a lease never gets records that were fetched for one before it.
type reader struct {
	client *kgo.Client
	topic  string

	mu     sync.Mutex
	leases map[int32]*lease
	todo   []func()
	wake   context.CancelFunc // of the fetch under way
}

func newReader(client *kgo.Client, topic string) *reader {
	return &reader{client: client, topic: topic, leases: map[int32]*lease{}, wake: func() {}}
}

// add has a lease receive the records of its partition.
func (r *reader) add(l *lease) {
	r.change(func() {
		r.leases[l.partition] = l
		r.client.ResumeFetchPartitions(r.only(l))
		r.client.AddConsumePartitions(map[string]map[int32]kgo.Offset{r.topic: {l.partition: kgo.NewOffset().At(l.from)}})
	})
}

// remove has a lease receive no more.
func (r *reader) remove(l *lease) {
	r.change(func() {
		if r.leases[l.partition] == l {
			delete(r.leases, l.partition)
			r.client.RemoveConsumePartitions(r.only(l))
		}
	})
}

// pause has the records of a lease not be fetched until resume is called.
func (r *reader) pause(l *lease) { r.client.PauseFetchPartitions(r.only(l)) }

func (r *reader) resume(l *lease) { r.client.ResumeFetchPartitions(r.only(l)) }

func (r *reader) only(l *lease) map[string][]int32 {
	return map[string][]int32{r.topic: {l.partition}}
}

// change has something done between two fetches, soon.
func (r *reader) change(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.todo = append(r.todo, do)
	r.wake()
}

// read fetches until ctx ends.
func (r *reader) read(ctx context.Context) {
	for ctx.Err() == nil {
		r.mu.Lock()
		todo := r.todo
		r.todo = nil
		fetch, wake := context.WithCancel(ctx)
		r.wake = wake
		r.mu.Unlock()
		for _, do := range todo {
			do()
		}
		r.client.PollFetches(fetch).EachPartition(r.receive)
		wake()
	}
}

// receive hands records to the lease of their partition. It ends one whose records cannot
// be fetched: it is acquired again where the group is.
func (r *reader) receive(fetched kgo.FetchTopicPartition) {
	l := r.leases[fetched.Partition]
	if l == nil || fetched.Topic != r.topic {
		return
	}
	if len(fetched.Records) > 0 {
		l.receive(fetched.Records)
	}
	if fetched.Err != nil {
		l.member.server.look()
		l.End()
	}
}
