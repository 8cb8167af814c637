package cache

import (
	"encoding/binary"
	"time"
)

// Waiting returns how many callers wait for the load of a key.
func (c *Cache) Waiting(key string) int {
	c.flights.mu.Lock()
	defer c.flights.mu.Unlock()
	if f := c.flights.running[key]; f != nil {
		return f.waiting
	}
	return 0
}

// Age makes what a driver keeps older.
func Age(value []byte, by time.Duration) {
	binary.BigEndian.PutUint64(value[1:], binary.BigEndian.Uint64(value[1:])-uint64(by.Milliseconds()))
}
