package testserver

import (
	"context"
	"testing"

	"github.com/Azure/go-amqp"
)

func init() { starters = append(starters, StartActiveMQ) }

func TestActiveMQIsShared(t *testing.T) {
	first, second := ActiveMQ(t), ActiveMQ(t)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	sessionOf(t, first)
}

func TestActiveMQServerKeepsWhatItAccepted(t *testing.T) {
	s := StartActiveMQ(t)
	const topic, queue = "topic://VirtualTopic.things", "queue://Consumer.readers.VirtualTopic.things"
	subscribe := func() *amqp.Receiver {
		t.Helper()
		r, err := sessionOf(t, s.URL()).NewReceiver(t.Context(), queue, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	subscribe()
	for i, end := range []func(){s.Kill, s.Stop} {
		sender, err := sessionOf(t, s.URL()).NewSender(t.Context(), topic, nil)
		if err != nil {
			t.Fatal(err)
		}
		message := amqp.NewMessage([]byte{byte(i)})
		message.Header = &amqp.MessageHeader{Durable: true}
		if err := sender.Send(t.Context(), message, nil); err != nil {
			t.Fatal(err)
		}
		end()
		s.Start()
		r := subscribe()
		got, err := r.Receive(t.Context(), nil)
		if err != nil || got.GetData()[0] != byte(i) {
			t.Fatalf("after start %d: %v, %v", i+1, got, err)
		}
		if err := r.AcceptMessage(t.Context(), got); err != nil {
			t.Fatal(err)
		}
	}
}

func sessionOf(t *testing.T, url string) *amqp.Session {
	t.Helper()
	conn, err := amqp.Dial(t.Context(), url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	session, err := conn.NewSession(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return session
}
