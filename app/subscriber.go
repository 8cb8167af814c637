package app

import (
	"context"
	"fmt"
	"io/fs"
	"strings"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/domain/model"
	"github.com/outgrowkit/outgrow/domain/name"
	"github.com/outgrowkit/outgrow/domain/plan"
	"github.com/outgrowkit/outgrow/ports"
)

// Subscriber adds a subscriber to the events of a topic, its test and its line in main.go.
// If tx is set, it handles them in a transaction. The error is as that of Adapter.
func (a *Add) Subscriber(ctx context.Context, n name.Name, topic string, tx bool, folder ports.Folder, dir string) (Addition, error) {
	return a.grow(ctx, folder, dir, growth{
		change: func(*blueprint.Blueprint) error { return nil },
		write: func(b blueprint.Blueprint, there fs.FS) ([]plan.File, error) {
			e, err := a.event(ctx, topic, there, dir)
			if err != nil {
				return nil, err
			}
			files, main, err := a.new.scaffold.Subscriber(b, n, e, tx)
			if err != nil {
				return nil, err
			}
			return a.placed(there, files, main)
		},
	})
}

// event returns the event with a topic.
func (a *Add) event(ctx context.Context, topic string, files fs.FS, dir string) (model.Event, error) {
	p, err := a.refresh.generate.read(ctx, files, dir)
	if err != nil {
		return model.Event{}, err
	}
	var topics []string
	for _, e := range p.Events {
		if e.Topic == topic {
			return e, nil
		}
		topics = append(topics, e.Topic)
	}
	return model.Event{}, plan.Refuse(fmt.Errorf("no event has the topic %+.40q%s; those that there are: %s",
		topic, blueprint.Suggest(topic, topics), strings.Join(topics, ", ")))
}
