package testserver

import (
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
)

func init() { starters = append(starters, StartRabbitMQ) }

func TestRabbitMQIsShared(t *testing.T) {
	first, second := RabbitMQ(t), RabbitMQ(t)
	if first != second {
		t.Errorf("%s and %s", first, second)
	}
	channelTo(t, first)
}

func TestRabbitMQServerKeepsWhatItConfirmed(t *testing.T) {
	s := StartRabbitMQ(t)
	for i, end := range []func(){s.Kill, s.Stop} {
		ch := channelTo(t, s.URL())
		if _, err := ch.QueueDeclare("things", true, false, false, false, nil); err != nil {
			t.Fatal(err)
		}
		if err := ch.Confirm(false); err != nil {
			t.Fatal(err)
		}
		sent, err := ch.PublishWithDeferredConfirmWithContext(t.Context(), "", "things", true, false, amqp.Publishing{DeliveryMode: amqp.Persistent})
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := sent.WaitContext(t.Context()); !ok || err != nil {
			t.Fatalf("confirmed: %v, %v", ok, err)
		}
		end()
		s.Start()
		kept, err := channelTo(t, s.URL()).QueueDeclarePassive("things", true, false, false, false, nil)
		if err != nil || kept.Messages != i+1 {
			t.Errorf("after start %d: %+v, %v", i+1, kept, err)
		}
	}
}

func channelTo(t *testing.T, url string) *amqp.Channel {
	t.Helper()
	conn, err := amqp.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	ch, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	return ch
}

func TestRabbitMQWithConfiguration(t *testing.T) {
	s := StartRabbitMQWith(t, "channel_max = 7\n", nil)
	if printed := s.Exec("rabbitmqctl", "eval", "application:get_env(rabbit, channel_max)."); printed != "{ok,7}\n" {
		t.Errorf("channel_max is %q", printed)
	}
}
