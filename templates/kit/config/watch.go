package config

import (
	"fmt"
	"log/slog"

	"github.com/fsnotify/fsnotify"
	"github.com/spf13/viper"
)

// Watch calls changed whenever the file is written or replaced, until the process
// ends.
func Watch(path string, changed func()) error {
	// Where no more files can be watched, viper would end the process.
	probe, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("cannot watch %s: %w", path, err)
	}
	_ = probe.Close() // it watched nothing
	v := viper.NewWithOptions(viper.WithLogger(slog.New(slog.DiscardHandler)))
	v.SetConfigFile(path)
	v.SetConfigType("yaml")
	v.OnConfigChange(func(fsnotify.Event) { changed() })
	v.WatchConfig()
	return nil
}
