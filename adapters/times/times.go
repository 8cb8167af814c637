// Package times checks the times of jobs as the schedule of the kit does.
package times

import (
	"time"

	"github.com/outgrowkit/outgrow/domain/blueprint"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/schedule"
)

// Check returns an error of one line if the schedule would refuse the times of a job.
func Check(h blueprint.Hook) error {
	when := kit.Every(h.Every, time.Time{})
	if h.Cron != "" {
		when = kit.Cron(h.Cron, h.Zone)
	}
	_, err := schedule.New(schedule.Config{}, schedule.Deps{Codec: codec{}}, schedule.Declared{Name: h.Name.Kebab(), When: when})
	return err
}

// codec is given to a schedule that emits nothing.
type codec struct{ kit.EventCodec }

// Encode returns nothing.
func (codec) Encode(kit.Event) ([]byte, error) { return nil, nil }
