package sqlstore

import "sync/atomic"

// Counter counts what a store has done with transactions by itself since it was opened.
type Counter struct {
	Repeated atomic.Int64 // run again, for what others changed at the same time or a lost connection
	TimedOut atomic.Int64 // rolled back, since they kept others waiting for too long
}
