package processlocks

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// state is what the file of the folder says.
type state struct {
	Token int64             // the last one, of any name
	Held  map[string]holder // by name
}

// holder is who holds a lock.
type holder struct {
	Owner   string
	Process string
	Renewed int64         // how often the lease was
	Lease   time.Duration // in nanoseconds
}

func (l *Locks) statePath() string { return filepath.Join(l.path, "held.json") }
func (l *Locks) floorPath() string { return filepath.Join(l.path, "token.json") }

func (l *Locks) read() (s state, err error) {
	err = load(l.statePath(), &s)
	if s.Held == nil {
		s.Held = map[string]holder{}
	}
	return s, err
}

// write writes what is held. It does not wait for the disk: what was held before a power
// failure is not held any more.
func (l *Locks) write(s state) error { return save(l.statePath(), s, false) }

func (l *Locks) readFloor() (floor int64, err error) {
	err = load(l.floorPath(), &floor)
	return floor, err
}

// ahead is how far the floor is raised. A token is at least the number of microseconds since
// 1970: so the disk is waited for once a second at most, and tokens that are not used for a
// process that starts often do not outrun the clock.
const ahead = 1_000_000

// raise raises the floor above a token, and returns when that is on the disk.
func (l *Locks) raise(token int64) error {
	if err := save(l.floorPath(), token+ahead, true); err != nil {
		return err
	}
	l.floor = token + ahead
	return nil
}

// load reads a file, if it exists.
func load(path string, to any) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return json.Unmarshal(data, to)
}

// save replaces a file, and has it survive a power failure if it is to be kept.
func save(path string, value any, keep bool) error {
	data, err := json.Marshal(value)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil && keep {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(path+".new", path); err != nil || !keep {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
