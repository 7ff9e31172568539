# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# docs/ci.md: what it has a host without package manager do with the modules, and
# what a job does.
# guest: memory=256M modules=configfs
# guest: files="docs/ci.md scripts/dev/shown.sh scripts/mdev-sim cards scripts/mdev-sim:/usr/bin/mdev-sim cards:/usr/share/mdev-dkms/cards"
# shellcheck source=tests/lib/tap.sh
. /lib/tests/tap.sh

# page NAME: the commands that the page shows under this name, in NAME.sh
page() {
	sh /case/shown.sh "$1" /case/ci.md >"$1.sh"
	run cat "$1.sh"
}

step "The folder that the container made"
mkdir mdev
ok "has the modules" "cp /lib/modules/\$(uname -r)/updates/*.ko mdev/"
ok "the command and the cards" cp -r /case/mdev-sim /case/cards mdev/
# there is no package: nothing finds them by itself
ok "nothing else has" "rm -r /lib/modules/\$(uname -r)/updates /usr/bin/mdev-sim /usr/share/mdev-dkms && depmod"
cd mdev || exit 1

step "Load"
page load
ok "the commands work" sh -e ./load.sh
shows '^vfio_mdev ' "the bridge is loaded" cat /proc/modules
gives "nvidia-222
nvidia-223" "the card is there" ls /sys/class/mdev_bus/nvidia-t4/mdev_supported_types
uuid=$(new_uuid)
ok "a device is created" "echo $uuid > /sys/class/mdev_bus/nvidia-t4/mdev_supported_types/nvidia-222/create"
gives success "a user can open it" vfio-client open "$uuid"

step "A job"
ok "the command is in the path, with its cards" \
	"mkdir -p /usr/share/mdev-dkms && cp mdev-sim /usr/bin/ && cp -r cards /usr/share/mdev-dkms/"
page job
gives "nvidia-222
nvidia-223" "its commands work" "sh -e ./job.sh | grep -v '^ \|^The card\|^A device'"
fails "its card is gone when it ends" "ls -d /sys/class/mdev_bus/job-17"
ok "the other one is not" ls -d /sys/class/mdev_bus/nvidia-t4

step "Unload"
page unload
ok "the commands work" sh -e ./unload.sh
fails "nothing of it is loaded" "grep mdev /proc/modules"
