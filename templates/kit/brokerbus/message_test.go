package brokerbus

import "testing"

// TestPartitions shows that keys stay where they were: another partition would break
// their order.
func TestPartitions(t *testing.T) {
	for key, want := range map[string]int{"": 5, "k": 10, "ключ": 1, "0198c0f2-7d6e-7a3b-8c4d-5e6f70819203": 8} {
		if got := PartitionOf(key); got != want {
			t.Errorf("key %q is of partition %d, want %d", key, got, want)
		}
	}
}
