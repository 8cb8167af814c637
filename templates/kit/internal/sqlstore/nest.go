package sqlstore

import "context"

// Nest runs fn as a part of a transaction that can be undone by itself: between save,
// which sets a savepoint, and leave, which keeps or undoes what was done since. leave is
// called also where fn panics or ends its goroutine; its error is returned where fn
// returned none.
func Nest(ctx context.Context, fn, save func(context.Context) error, leave func(keep bool) error) (err error) {
	if err := save(ctx); err != nil {
		return err
	}
	returned := false
	defer func() {
		if failure := leave(returned && err == nil); err == nil {
			err = failure
		}
	}()
	err = fn(ctx)
	returned = true
	return err
}
