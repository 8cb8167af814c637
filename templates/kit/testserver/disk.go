package testserver

import (
	"context"
	"testing"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	"github.com/testcontainers/testcontainers-go"
)

// Disk is a small one with the files of a server. They stay while the server is stopped.
type Disk struct {
	holder *Server // a container that keeps it mounted
	filler string  // the file that fills it
}

// onDisk starts a server whose files, in a folder, are on a disk of their own.
func (k kind) onDisk(t testing.TB, folder string, more ...testcontainers.ContainerCustomizer) (*Server, *Disk) {
	t.Helper()
	idle := k
	idle.answers = func(context.Context, *Server) error { return nil }
	holder := idle.own(t, testcontainers.WithEntrypoint("sleep"), testcontainers.WithCmd("3600"),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.Mounts = append(h.Mounts, mount.Mount{Type: mount.TypeVolume, Target: folder, VolumeOptions: &mount.VolumeOptions{
				DriverConfig: &mount.Driver{Name: "local", Options: map[string]string{"type": "tmpfs", "device": "tmpfs", "o": "size=128m,mode=1777"}},
			}})
		}))
	s := k.own(t, append(more, testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
		h.VolumesFrom = append(h.VolumesFrom, holder.id)
	}))...)
	return s, &Disk{holder, folder + "/filler"}
}

// Fill leaves no room on the disk.
func (d *Disk) Fill() { d.holder.Exec("sh", "-c", "cat /dev/zero > "+d.filler+" || true") }

// Free takes back what Fill did.
func (d *Disk) Free() { d.holder.Exec("rm", "-f", d.filler) }

// StartKafkaOnDisk is StartKafka with a small disk.
func StartKafkaOnDisk(t testing.TB) (*Server, *Disk) {
	t.Helper()
	return kafka.onDisk(t, "/tmp/kafka")
}

// StartActiveMQOnDisk is StartActiveMQ with a small disk.
func StartActiveMQOnDisk(t testing.TB) (*Server, *Disk) {
	t.Helper()
	return activeMQ.onDisk(t, "/tmp/activemq")
}

// StartNATSOnDisk is StartNATS with a small disk.
func StartNATSOnDisk(t testing.TB) (*Server, *Disk) {
	t.Helper()
	return nats.onDisk(t, "/tmp/nats")
}
