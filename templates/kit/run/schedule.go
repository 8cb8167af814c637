package run

import (
	"context"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"
	"go.uber.org/fx"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// Schedule has an event emitted at times, for as long as the program declares it. Once
// across all processes: see schedule.Declared.
func Schedule(name string, when kit.When, e kit.Event) fx.Option {
	declared := schedule.Declared{Name: name, When: when, Event: e}
	return fx.Supply(fx.Annotate(declared, fx.ResultTags(`group:"scheduled"`)))
}

// Scheduler provides a kit.Schedule in the store, and emits what is due.
func Scheduler(c schedule.Config) fx.Option {
	return fx.Options(
		fx.Supply(c),
		fx.Provide(newScheduler, func(s *schedule.Scheduler) kit.Schedule { return s }, entriesOf),
		Background("schedule", func(s *schedule.Scheduler) func(context.Context) error { return s.Run }),
		Metrics(newScheduleCollector),
		Command(&cobra.Command{Use: "schedule", Short: "List what is emitted later, the next first", Args: cobra.NoArgs}, newScheduleList),
	)
}

// scheduled is a database that keeps entries of a schedule.
type scheduled interface {
	Schedule(ctx context.Context) (schedule.Store, error)
}

// entriesOf returns the entries in the store.
func entriesOf(ctx context.Context, spec StoreSpec, db Database) (schedule.Store, error) {
	s, ok := db.(scheduled)
	if !ok {
		return nil, blame("the schedule", "store.adapter", kit.Errorf(kit.Invalid, "the %s cannot keep one", spec.name()))
	}
	entries, err := s.Schedule(ctx)
	return entries, spec.blame(err)
}

type schedulerParams struct {
	fx.In

	Config   schedule.Config
	Store    Database
	Entries  schedule.Store
	Codec    kit.EventCodec
	Clock    kit.Clock
	Log      *slog.Logger
	Declared []schedule.Declared `group:"scheduled"`
}

func newScheduler(p schedulerParams) (*schedule.Scheduler, error) {
	s, err := schedule.New(p.Config, schedule.Deps{
		Store: p.Entries, Tx: p.Store, Events: p.Store, Codec: p.Codec, Clock: p.Clock, Log: p.Log,
	}, p.Declared...)
	return s, blame("the schedule", "", err)
}

// newScheduleList returns what lists the entries.
func newScheduleList(s *service, scheduler *schedule.Scheduler) func(context.Context, []string) error {
	return func(ctx context.Context, _ []string) error {
		const most = 1000
		entries, err := scheduler.Entries(ctx, most+1)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
		for _, e := range entries[:min(most, len(entries))] {
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", timeStamp(e.Due), e.Name, e.Topic, e.When)
		}
		_ = table.Flush() // the standard output may be closed
		switch {
		case len(entries) > most:
			s.print("and more")
		case len(entries) == 0:
			s.print("Nothing is scheduled.")
		}
		return nil
	}
}

var (
	scheduleFired  = prometheus.NewDesc("schedule_events_total", "Events that this process has emitted for the schedule.", nil, nil)
	scheduleMissed = prometheus.NewDesc("schedule_missed_total", "How often this process found an entry of the schedule to be late by more than a minute.", nil, nil)
	scheduleLag    = prometheus.NewDesc("schedule_lag_seconds", "For how long the oldest entry of the schedule has been due.", nil, nil)
)

// newScheduleCollector returns what reads what a scheduler counts, and asks the store for
// what is due, when metrics are collected.
func newScheduleCollector(s *schedule.Scheduler, entries schedule.Store, log *slog.Logger) collector {
	return collector{[]*prometheus.Desc{scheduleFired, scheduleMissed, scheduleLag}, func(to chan<- prometheus.Metric) {
		stats := s.Stats()
		to <- prometheus.MustNewConstMetric(scheduleFired, prometheus.CounterValue, float64(stats.Fired.Load()))
		to <- prometheus.MustNewConstMetric(scheduleMissed, prometheus.CounterValue, float64(stats.Missed.Load()))
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		now, next, err := entries.Next(ctx)
		if err != nil {
			log.WarnContext(ctx, "cannot measure the schedule", "error", err)
			return
		}
		lag := 0.0
		if !next.IsZero() {
			lag = max(0, now.Sub(next).Seconds())
		}
		to <- prometheus.MustNewConstMetric(scheduleLag, prometheus.GaugeValue, lag)
	}}
}
